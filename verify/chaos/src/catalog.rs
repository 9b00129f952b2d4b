//! `chaos catalog`: reads of the catalog while Redis is available, unavailable, hanging and full
//! of garbage. Redis is a cache: without it a read costs a query to productdb, and nothing else.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::ProductId;
use local::terminal;
use testkit::{TestClient, TestEnv};
use tokio::task::JoinSet;

use crate::fault_proxy::{Fault, FaultProxy, Protocol, url_port};
use crate::violations::Violations;

/// Read the catalog while Redis is unavailable, hanging and poisoned.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Reads in each state of Redis
    #[arg(long, default_value_t = 10_000)]
    reads: usize,
    /// Concurrent reads
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

const PRODUCTS: usize = 40;
/// As in production; the default of tests is longer.
const REDIS_TIMEOUT_MILLIS: &str = "100";

/// The state of Redis.
#[derive(Clone, Copy, Debug)]
enum RedisState {
    Up,
    Down,
    Hanging,
    Corrupted,
}

/// Latencies of the reads in one state, and the failed reads.
struct ReadTimes {
    sorted_times: Vec<Duration>,
    failed: usize,
}

impl ReadTimes {
    fn percentile_millis(&self, share: f64) -> f64 {
        let place = (self.sorted_times.len().saturating_sub(1) as f64 * share) as usize;
        self.sorted_times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

/// Runs it and prints latencies as ratios to those with a healthy Redis.
///
/// # Errors
/// When the stores are not available: run it under `local stores -- …`.
pub async fn run(args: Args) -> Result<ExitCode> {
    Ok(check(&args).await?.print("catalog"))
}

async fn check(args: &Args) -> Result<Violations> {
    let mut verdict = Violations::default();
    let test_env = TestEnv::new().await;
    let redis = test_env.env().required("REDIS_URL")?;
    let port = url_port(&redis).context("REDIS_URL names no port")?;
    let proxy = FaultProxy::start(port, Protocol::Resp).await?;
    let through = redis.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1);
    let env = test_env.env_with(&[
        ("REDIS_URL", &through),
        ("REDIS_TIMEOUT_MILLIS", REDIS_TIMEOUT_MILLIS),
        ("DATABASE_CONNECTIONS", "8"),
    ]);
    let app = products::App::from_env(&env, &test_env.clock).map_err(anyhow::Error::from_boxed)?;
    let client = test_env.client(products::router(app, &test_env.http_stack()));
    let mut products = Vec::new();
    for cents in 0..PRODUCTS {
        products.push(test_env.product(100 + i64::try_from(cents)?, 5).await);
    }
    let products = Arc::new(products);
    terminal::print_line("Redis         reads   5xx    p50 ms    p99 ms   × p50   × p99");
    let mut normal = None;
    for state in [RedisState::Up, RedisState::Down, RedisState::Hanging, RedisState::Corrupted, RedisState::Up] {
        proxy.heal();
        match state {
            RedisState::Up => {}
            RedisState::Down => proxy.inject_always(Fault::Down),
            RedisState::Hanging => proxy.inject_always(Fault::HangBefore),
            RedisState::Corrupted => proxy.inject_always(Fault::ErrorReply),
        }
        let reads = run_reads(&client, &products, args).await?;
        let (p50, p99) = (reads.percentile_millis(0.5), reads.percentile_millis(0.99));
        let (normal50, normal99) = *normal.get_or_insert((p50, p99));
        terminal::print_line(format!(
            "{:<12} {:>6} {:>5} {p50:>9.2} {p99:>9.2} {:>7.1} {:>7.1}",
            format!("{state:?}").to_lowercase(),
            args.reads,
            reads.failed,
            p50 / normal50,
            p99 / normal99
        ));
        if reads.failed > 0 {
            verdict.add("catalog", format!("{} reads failed with Redis {state:?}", reads.failed));
        }
    }
    Ok(verdict)
}

/// Three of four reads are of a product, the others of a page of the list.
async fn run_reads(client: &TestClient, products: &Arc<Vec<ProductId>>, args: &Args) -> Result<ReadTimes> {
    let mut readers = JoinSet::new();
    for reader in 0..args.at_once {
        let (client, products) = (client.clone(), products.clone());
        let own = (reader..args.reads).step_by(args.at_once);
        readers.spawn(async move {
            let (mut times, mut failed) = (Vec::new(), 0);
            for n in own {
                let path = match n % 4 {
                    0 => "/api/products?limit=20".to_owned(),
                    _ => format!("/api/products/{}", products[n % products.len()]),
                };
                let start = Instant::now();
                failed += usize::from(client.get(&path).await.status != 200);
                times.push(start.elapsed());
            }
            (times, failed)
        });
    }
    let mut reads = ReadTimes { sorted_times: Vec::with_capacity(args.reads), failed: 0 };
    while let Some(done) = readers.join_next().await {
        let (times, failed) = done?;
        reads.sorted_times.extend(times);
        reads.failed += failed;
    }
    reads.sorted_times.sort_unstable();
    Ok(reads)
}
