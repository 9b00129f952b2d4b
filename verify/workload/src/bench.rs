//! `workload bench`: what one request costs the server and its stores, compared with one call to a
//! store, and each figure beside its goal.

mod fixture;
mod goal;
mod use_cases;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use runtime::Env;

use crate::baseline::{self, Baseline};
use crate::process_usage::{Memory, StoreCpu, cpu_millis};
use crate::server::Server;
use fixture::{BenchFixture, SIGN_UPS};
use goal::Goal;

/// Measure the CPU time per request of the server and of its stores, by use case. Run it under
/// `local stores -- …`: it starts a shop of its own on those stores, and counts what they use.
#[derive(Parser)]
pub struct Args {
    /// The local server's binary.
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// The folder in which the shop stores its keys.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Requests per use case; slower ones get a fixed part of it.
    #[arg(long, default_value_t = 4000)]
    requests: u32,
    /// Only use cases whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

/// An idle server's CPU time per second, in milliseconds, including long polling and the scheduler.
const IDLE_CPU_MILLIS: f64 = 20.0;
/// The longest wait for the work that a use case has triggered.
const MAX_IDLE_WAIT_SECONDS: u32 = 120;
/// Memory of the whole local server after the sign-ups.
const MEMORY_GOAL_MB: f64 = 80.0;

/// A closed loop of one use case.
struct Load {
    name: &'static str,
    /// Concurrent requests.
    clients: u32,
    /// Of all clients together, without those that warm up.
    requests: u32,
    goals: Vec<Goal>,
}

/// What a closed loop showed; times in milliseconds.
struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
    app: f64,
    store: StoreCpu,
    /// Requests without a success.
    failed: u32,
}

impl Figures {
    /// CPU milliseconds of server and stores.
    fn cpu(&self) -> f64 {
        self.app + self.store.total()
    }
}

/// # Errors
/// When the stores are not available, or the server does not start.
pub async fn run(args: Args) -> Result<()> {
    let floor = baseline::measure(&Env::from_env()).await?;
    print_flushed(&format!(
        "floor, CPU ms: Redis GET {:.3}, indexed SELECT {:.3}, password hash {:.1}; of MongoDB's server: insert of a review {:.3}, the newest 20 of 900 {:.3}\n",
        floor.redis_get, floor.select, floor.hash, floor.insert_store, floor.page_store
    ));
    let server = Server::start(&args.server, &args.dir).await?;
    let bench = Bench { server: &server, floor, requests: args.requests, only: args.only.clone() };
    print_flushed(
        "use case           clients  requests/s   p50 ms   p99 ms   app ms  × SELECT  store ms =  SQL + Redis + Mongo +  AWS  goals (! missed)\n",
    );
    let shop = BenchFixture::create(&bench, &args).await?;
    let memory = Memory::of(server.pid)?;
    let missed = if memory.resident > MEMORY_GOAL_MB { "!" } else { "" };
    print_flushed(&format!(
        "resident memory after {SIGN_UPS} sign-ups: {memory} (goal ≤ {MEMORY_GOAL_MB:.0}){missed}\n"
    ));
    use_cases::run(&bench, &shop).await?;
    print_flushed(&format!("resident memory at the end: {}\n", Memory::of(server.pid)?));
    server.stop().await
}

struct Bench<'a> {
    server: &'a Server,
    floor: Baseline,
    requests: u32,
    only: Option<String>,
}

impl Bench<'_> {
    /// Runs a closed loop and prints its line; `None` for one that was not asked for. `request` gets a number of its own each time, below
    /// [`warm_up`] for those that are not measured. `settled` returns once all that was triggered
    /// is done: queues, projections and rollups are part of the cost.
    async fn measure(
        &self,
        load: Load,
        request: impl AsyncFn(u32) -> Result<()>,
        settled: impl AsyncFn() -> Result<()>,
    ) -> Result<Option<Figures>> {
        if self.only.as_ref().is_some_and(|only| !load.name.contains(only.as_str())) {
            return Ok(None);
        }
        for number in 0..warm_up(load.requests) {
            request(number).await.with_context(|| format!("warming up: {}", load.name))?;
        }
        settled().await?;
        self.wait_until_idle().await?;
        let next = AtomicU32::new(warm_up(load.requests));
        let (last, failed) = (warm_up(load.requests) + load.requests, AtomicU32::new(0));
        let client = async || {
            let mut times = Vec::with_capacity((load.requests / load.clients) as usize);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= last {
                    return anyhow::Ok(times);
                }
                let start = Instant::now();
                if let Err(error) = request(number).await {
                    // One line each could be thousands: the first says why.
                    if failed.fetch_add(1, Ordering::Relaxed) == 0 {
                        print_flushed(&format!("{}: {error:#}\n", load.name));
                    }
                    continue;
                }
                times.push(start.elapsed());
            }
        };
        let (app, store, start) = (cpu_millis(self.server.pid)?, StoreCpu::read()?, Instant::now());
        let times = futures::future::try_join_all((0..load.clients).map(|_| client())).await?;
        let elapsed = start.elapsed();
        settled().await?;
        self.wait_until_idle().await?;
        let count = f64::from(load.requests);
        let app = (cpu_millis(self.server.pid)? - app) / count;
        let store = StoreCpu::read()?.per_request(store, count);
        let mut times: Vec<Duration> = times.into_iter().flatten().collect();
        anyhow::ensure!(!times.is_empty(), "{}: all requests failed", load.name);
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
        let rate = times.len() as f64 / elapsed.as_secs_f64();
        let figures = Figures { rate, p50: at(0.5), p99: at(0.99), app, store, failed: failed.into_inner() };
        self.print(&load, &figures);
        Ok(Some(figures))
    }

    fn print(&self, load: &Load, figures: &Figures) {
        let Figures { rate, p50, p99, app, store, failed } = figures;
        let mut goals: Vec<String> = load.goals.iter().map(|goal| goal.judge(figures, &self.floor)).collect();
        if *failed > 0 {
            goals.push(format!("{failed} failed!"));
        }
        print_flushed(&format!(
            "{:<18} {:>7} {rate:>11.0} {p50:>8.1} {p99:>8.1} {app:>8.3} {:>9.1} {:>9.3}   {:>4.2}    {:>4.2}    {:>4.2}   {:>4.2}  {}\n",
            load.name,
            load.clients,
            app / self.floor.select,
            store.total(),
            store.postgres,
            store.redis,
            store.mongodb,
            store.aws,
            goals.join(", ")
        ));
    }

    /// Waits until the server is idle: it does not report that, so its CPU time is watched.
    async fn wait_until_idle(&self) -> Result<()> {
        for _ in 0..MAX_IDLE_WAIT_SECONDS {
            let before = cpu_millis(self.server.pid)?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if cpu_millis(self.server.pid)? - before <= IDLE_CPU_MILLIS {
                return Ok(());
            }
        }
        anyhow::bail!("the server was still busy after {MAX_IDLE_WAIT_SECONDS} s")
    }
}

/// How many requests are sent before the measured ones.
fn warm_up(requests: u32) -> u32 {
    (requests / 20).clamp(5, 100)
}

/// Prints and flushes: a long run shows its progress.
#[expect(clippy::print_stdout, reason = "figures go to standard output")]
fn print_flushed(text: &str) {
    print!("{text}");
}
