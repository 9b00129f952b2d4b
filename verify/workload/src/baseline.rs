//! The baseline: what one call to a store costs this process, through the drivers that the shop
//! uses, on this machine and in this run. The shop's numbers are compared with it.

use anyhow::Result;
use runtime::Env;
use sqlx::{Connection, PgConnection};

use crate::process_usage::cpu_millis;

/// Calls by each worker: enough for the clock's ticks of 10 ms not to matter.
const CALLS_PER_WORKER: u32 = 600;
/// Concurrent calls, as in the shop's own load.
const WORKERS: u32 = 32;

/// CPU milliseconds of one Redis GET and of one indexed SELECT.
pub(crate) struct Baseline {
    pub(crate) redis_get: f64,
    pub(crate) select: f64,
}

/// Measures both.
///
/// # Errors
/// When a store is not available: run under `local stores -- …`.
pub(crate) async fn measure(env: &Env) -> Result<Baseline> {
    Ok(Baseline { redis_get: redis_get(env).await?, select: select(env).await? })
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
