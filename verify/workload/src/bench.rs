//! `workload bench`: what one request costs the server, compared with one call to a store.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use api_client::ApiRequest;
use clap::Parser;
use runtime::Env;
use serde_json::json;

use crate::baseline::{self, Baseline};
use crate::process_usage::{cpu_millis, resident_mb};
use crate::server::Server;

/// Measure the server's CPU time per request, by use case. Run it under `local stores -- …`: it
/// starts a shop of its own on those stores.
#[derive(Parser)]
pub struct Args {
    /// The local server's binary.
    #[arg(long)]
    server: PathBuf,
    /// The folder in which the shop stores its keys.
    #[arg(long)]
    dir: PathBuf,
    /// Requests per use case.
    #[arg(long, default_value_t = 4000)]
    requests: u32,
    /// Concurrent requests.
    #[arg(long, default_value_t = 32)]
    at_once: u32,
}

const ADMIN: &str = "bench-admin@load.example";
/// Enough stock for every order of a run.
const INITIAL_STOCK: u32 = 1_000_000;
const PRODUCTS: u32 = 60;
/// An idle server's CPU time per second, in milliseconds, including long polling and the scheduler.
const IDLE_CPU_MILLIS: f64 = 20.0;
/// The longest wait for the work that a use case has triggered.
const MAX_IDLE_WAIT_SECONDS: u32 = 120;

/// # Errors
/// When the stores are not available, or the server does not start.
pub async fn run(args: Args) -> Result<()> {
    let env = Env::from_env();
    let floor = baseline::measure(&env).await?;
    print_flushed(&format!(
        "floor                Redis GET {:.3} ms, indexed SELECT {:.3} ms\n",
        floor.redis_get, floor.select
    ));
    let server = Server::start(&args.server, &args.dir).await?;
    let shop = BenchFixture::create(&server, &args).await?;
    print_flushed("use case             CPU ms/request   × Redis GET   × SELECT   requests/s   p50 ms   p99 ms\n");
    let order = json!({"items": [{"productId": shop.product, "quantity": 1}]});
    let event = json!({"eventType": "product.view", "metadata": {"productId": shop.product}});
    for (name, request) in [
        ("hot product", ApiRequest::get(format!("/api/products/{}", shop.product))),
        ("product list", ApiRequest::get("/api/products?limit=20")),
        ("order", ApiRequest::post("/api/orders", &order).with_token(&shop.token)),
        ("analytics event", ApiRequest::post("/api/analytics/event", &event)),
    ] {
        measure_use_case(&server, &args, &floor, name, &request).await?;
    }
    print_flushed(&format!("resident memory      {:.0} MB\n", resident_mb(server.pid)?));
    server.stop().await
}

struct BenchFixture {
    product: i64,
    token: String,
}

impl BenchFixture {
    async fn create(server: &Server, args: &Args) -> Result<Self> {
        // A second run on the same data finds an existing admin.
        if server.sign_up(ADMIN).await.is_err() {
            server.log_in(ADMIN).await?;
        }
        let promoted = Command::new(&args.server).arg("make-admin").arg("--dir").arg(&args.dir).arg(ADMIN).output()?;
        anyhow::ensure!(promoted.status.success(), "make-admin: {}", String::from_utf8_lossy(&promoted.stderr));
        let admin = server.log_in(ADMIN).await?;
        let mut product = 0;
        for n in 0..PRODUCTS {
            let body = json!({"name": format!("Load {n}"), "price": 9.99, "stock": INITIAL_STOCK, "category": "Load", "description": "A product to put load on."});
            let made = server.send(&ApiRequest::post("/api/products", &body).with_token(&admin)).await?;
            product = made["id"].as_i64().context("no id")?;
        }
        Ok(Self { product, token: admin })
    }
}

/// Runs one use case as a closed loop and prints its line.
async fn measure_use_case(
    server: &Server,
    args: &Args,
    floor: &Baseline,
    name: &str,
    request: &ApiRequest,
) -> Result<()> {
    let rounds = args.requests / args.at_once;
    let worker = async || {
        let mut times = Vec::with_capacity(rounds as usize);
        for _ in 0..rounds {
            let start = Instant::now();
            server.send(request).await?;
            times.push(start.elapsed());
        }
        anyhow::Ok(times)
    };
    worker().await.with_context(|| format!("warming up: {name}"))?;
    wait_until_idle(server.pid).await?;
    let (cpu, start) = (cpu_millis(server.pid)?, Instant::now());
    let times = futures::future::try_join_all((0..args.at_once).map(|_| worker())).await?;
    let elapsed = start.elapsed();
    let count = f64::from(rounds * args.at_once);
    // What a request triggers (queues, projections, rollups) is part of its cost.
    wait_until_idle(server.pid).await?;
    let cost = (cpu_millis(server.pid)? - cpu) / count;
    let mut times: Vec<Duration> = times.into_iter().flatten().collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let (gets, selects) = (cost / floor.redis_get, cost / floor.select);
    let rate = count / elapsed.as_secs_f64();
    print_flushed(&format!(
        "{name:<20} {cost:>14.3} {gets:>13.1} {selects:>10.1} {rate:>12.0} {:>8.1} {:>8.1}\n",
        at(0.5),
        at(0.99)
    ));
    Ok(())
}

/// Waits until the server is idle: it does not report that, so its CPU time is watched.
async fn wait_until_idle(pid: u32) -> Result<()> {
    for _ in 0..MAX_IDLE_WAIT_SECONDS {
        let before = cpu_millis(pid)?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        if cpu_millis(pid)? - before <= IDLE_CPU_MILLIS {
            return Ok(());
        }
    }
    anyhow::bail!("the server was still busy after {MAX_IDLE_WAIT_SECONDS} s")
}

/// Prints and flushes: a long run shows its progress.
#[expect(clippy::print_stdout, reason = "figures go to standard output")]
fn print_flushed(text: &str) {
    print!("{text}");
}
