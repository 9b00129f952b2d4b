//! `chaos pool`: a hundred buyers and five connections to each database. A request that gets no
//! connection in time gets a 503; nothing waits forever, nothing deadlocks, nothing is lost.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use local::terminal;
use runtime::Clock;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use workload::simulation::{Disruption, Pace, RunLimits};

use crate::fleet::{self, Fleet, FleetOptions};

/// Let many customers buy through few connections, and check what was lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Concurrent buyers
    #[arg(long, default_value_t = 100)]
    buyers: usize,
    /// A function's connections to each database
    #[arg(long, default_value_t = 5)]
    connections: usize,
    /// Duration in seconds
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Determines what buyers do; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Folder of all data; erased first
    #[arg(long, default_value = ".local/faults/pool")]
    dir: PathBuf,
}

/// Single and mixed baskets of few products, so that buyers compete for the same rows.
const WEIGHTS: &str = "only,buy_one=4,buy_many=6,decline=1,pay=1,cancel=1";
const TOLERATED: [Disruption; 1] = [Disruption::Unavailable];

/// Runs it and reports violations.
///
/// # Errors
/// When something cannot be started, or exits by itself.
pub async fn run(args: Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    let Args { buyers, connections, seconds, .. } = args;
    terminal::print_line(format!("pool: {buyers} buyers, {connections} connections, {seconds} s, seed {seed}"));
    let connections_text = connections.to_string();
    let env = [("DATABASE_CONNECTIONS", connections_text.as_str())];
    let start = FleetOptions { dir: &args.dir, servers: 1, durable: false, env: &env, with_proxies: false };
    let fleet = Fleet::open(start).await?;
    let mut customers = fleet.workload_plan(seed, buyers, Pace::Closed, &TOLERATED)?;
    customers.weights = WEIGHTS.parse()?;
    customers.limits = RunLimits { time: Duration::from_secs(seconds), requests: u64::MAX };
    let (_go, stopped) = watch::channel(false);
    let summary = workload::simulation::run_plan(&customers, stopped, |_| {}).await?;
    let deadlocks = deadlocks(&fleet.stores.endpoints().postgres_url).await?;
    let bought = summary.total.count_by_label("201");
    let unavailable = summary.total.count_by_label("503");
    let mut verdict = fleet::stop_and_check(fleet, &summary).await?;
    if deadlocks > 0 {
        verdict.add("PostgreSQL", format!("{deadlocks} deadlocks"));
    }
    if bought == 0 {
        verdict.add("buyers", "no purchase succeeded");
    }
    terminal::print_line(format!("{bought} accepted, {unavailable} with status 503, {deadlocks} deadlocks"));
    let replay = format!("pool --buyers {buyers} --connections {connections} --seconds {seconds} --seed {seed}");
    Ok(verdict.print(&replay))
}

/// The deadlocks that the server has counted, in all databases.
async fn deadlocks(url: &str) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    let count = sqlx::query_scalar::<_, i64>("select coalesce(sum(deadlocks), 0)::bigint from pg_stat_database");
    count.fetch_one(&mut connection).await.context("pg_stat_database")
}
