//! The baseline: what one call to a store costs, through the drivers that the shop uses, and what
//! one password hash costs, on this machine and in this run. The shop's numbers are compared with
//! it.

use std::sync::Barrier;

use anyhow::Result;
use argon2::{Algorithm, Argon2, Params, Version};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, IndexOptions, WriteConcern};
use mongodb::{Client, IndexModel};
use runtime::Env;
use sqlx::{Connection, PgConnection};

use crate::process_usage::{StoreCpu, cpu_millis};

/// Calls by each worker: enough for the clock's ticks of 10 ms not to matter.
const CALLS_PER_WORKER: u32 = 600;
/// Concurrent calls, as in the shop's own load.
const WORKERS: u32 = 32;
/// The same for inserts, which take much longer; in total as many as a product gets reviews in the
/// shop's own load.
const INSERTS_PER_WORKER: u32 = 28;
/// Reads of one page of them.
const PAGES_PER_WORKER: u32 = 4;
const HASHES: u32 = 30;

/// CPU milliseconds of one call of each kind.
#[derive(Clone, Copy)]
pub(crate) struct Baseline {
    pub(crate) redis_get: f64,
    pub(crate) select: f64,
    /// An Argon2id hash with the shop's cost, in memory that was used before.
    pub(crate) hash: f64,
    /// A durable insert of a document as large as a review into a collection with its three
    /// indexes: what it costs MongoDB.
    pub(crate) insert_store: f64,
    /// A read of the 20 newest of some 900 such documents: what it costs MongoDB.
    pub(crate) page_store: f64,
}

/// Measures all of them.
///
/// # Errors
/// When a store is not available: run under `local stores -- …`.
pub(crate) async fn measure(env: &Env) -> Result<Baseline> {
    let (insert_store, page_store) = reviews(env).await?;
    Ok(Baseline {
        redis_get: redis_get(env).await?,
        select: select(env).await?,
        hash: hash()?,
        insert_store,
        page_store,
    })
}

async fn redis_get(env: &Env) -> Result<f64> {
    let client = redis::Client::open(env.required("SHOP_REDIS_URL")?)?;
    let shared = client.get_multiplexed_async_connection().await?;
    redis::cmd("SET").arg("load:floor").arg(vec![b'x'; 400]).query_async::<()>(&mut shared.clone()).await?;
    cpu_millis_per_call(|| {
        let mut redis = shared.clone();
        async move {
            for _ in 0..CALLS_PER_WORKER {
                let body: Vec<u8> = redis::cmd("GET").arg("load:floor").query_async(&mut redis).await?;
                anyhow::ensure!(body.len() == 400, "another body");
            }
            Ok(())
        }
    })
    .await
}

async fn select(env: &Env) -> Result<f64> {
    let url = env.required("SHOP_POSTGRES_URL")?;
    cpu_millis_per_call(|| {
        let url = url.clone();
        async move {
            let mut connection = PgConnection::connect(&url).await?;
            for _ in 0..CALLS_PER_WORKER {
                // 1259 is pg_class itself: a row that every server has, found by its index.
                let select =
                    sqlx::query_scalar::<_, String>("select relname::text from pg_class where oid = $1::int::oid");
                select.bind(1259).fetch_one(&mut connection).await?;
            }
            Ok(())
        }
    })
    .await
}

/// CPU milliseconds per call, of this process.
async fn cpu_millis_per_call<W: Future<Output = Result<()>>>(worker: impl Fn() -> W) -> Result<f64> {
    let own = std::process::id();
    worker().await?;
    let before = cpu_millis(own)?;
    futures::future::try_join_all((0..WORKERS).map(|_| worker())).await?;
    Ok((cpu_millis(own)? - before) / f64::from(CALLS_PER_WORKER * WORKERS))
}

/// On all cores at once, as the server hashes: they share the memory's bandwidth.
fn hash() -> Result<f64> {
    // OWASP's first choice, as in the users group: 19 MiB, two passes, one lane.
    let params = Params::new(19_456, 2, 1, None).map_err(|e| anyhow::anyhow!("{e}"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let cores = std::thread::available_parallelism()?.get();
    let (start, warm) = (Barrier::new(cores + 1), Barrier::new(cores + 1));
    let hashes = || {
        let mut memory = vec![argon2::Block::default(); argon2.params().block_count()];
        let mut once = || {
            let mut hash = [0; 32];
            argon2.hash_password_into_with_memory(b"load-load-load", b"0123456789abcdef", &mut hash, &mut memory)
        };
        let first = once();
        warm.wait();
        start.wait();
        first.and_then(|()| (0..HASHES).try_for_each(|_| once())).map_err(|e| anyhow::anyhow!("{e}"))
    };
    let own = std::process::id();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(hashes)).collect();
        warm.wait();
        let before = cpu_millis(own)?;
        start.wait();
        for thread in threads {
            thread.join().map_err(|_| anyhow::anyhow!("a hash panicked"))??;
        }
        Ok((cpu_millis(own)? - before) / (f64::from(HASHES) * cores as f64))
    })
}

/// An insert and a page.
async fn reviews(env: &Env) -> Result<(f64, f64)> {
    let mut options = ClientOptions::parse(env.required("SHOP_MONGODB_URL")?).await?;
    options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
    let database = Client::with_options(options)?.database("baseline");
    let reviews = database.collection::<Document>("reviews");
    let unique = IndexOptions::builder().unique(true).build();
    reviews
        .create_indexes([
            IndexModel::builder().keys(doc! { "productId": 1, "userId": 1 }).options(unique).build(),
            IndexModel::builder().keys(doc! { "productId": 1, "createdAt": -1, "_id": -1 }).build(),
            IndexModel::builder().keys(doc! { "productId": 1, "rating": 1, "_id": 1 }).build(),
        ])
        .await?;
    let worker = async |number: i32| {
        for n in 0..INSERTS_PER_WORKER as i32 {
            let review = doc! {
                "_id": ObjectId::new(), "productId": 1, "userId": number * INSERTS_PER_WORKER as i32 + n,
                "rating": n % 5 + 1, "comment": "x".repeat(60), "createdAt": DateTime::now(),
                "updatedAt": DateTime::now(), "userName": "Load", "verifiedPurchase": false,
            };
            reviews.insert_one(review).await?;
        }
        anyhow::Ok(())
    };
    worker(-1).await?;
    let before = StoreCpu::read()?;
    futures::future::try_join_all((0..WORKERS as i32).map(&worker)).await?;
    let insert = StoreCpu::read()?.per_request(before, f64::from(INSERTS_PER_WORKER * WORKERS)).total();
    let reader = async || {
        for _ in 0..PAGES_PER_WORKER {
            let find = reviews.find(doc! { "productId": 1 }).sort(doc! { "createdAt": -1, "_id": -1 }).limit(20);
            let page: Vec<Document> = find.await?.try_collect().await?;
            anyhow::ensure!(page.len() == 20, "another page");
        }
        anyhow::Ok(())
    };
    reader().await?;
    let before = StoreCpu::read()?;
    futures::future::try_join_all((0..WORKERS).map(|_| reader())).await?;
    let page = StoreCpu::read()?.per_request(before, f64::from(PAGES_PER_WORKER * WORKERS)).total();
    database.drop().await?;
    Ok((insert, page))
}
