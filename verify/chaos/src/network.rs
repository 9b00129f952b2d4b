//! `chaos network`: the network between the shop and each of its stores breaks, again and again and
//! in every way, while customers continue; nothing that was acknowledged may be lost, nothing may
//! happen twice, and no error but 503 may occur.

mod schedule;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use local::terminal;
use runtime::Clock;
use tokio::time::Instant;
use workload::simulation::{Disruption, Pace};

use crate::fault_proxy::FaultProxy;
use crate::fleet::{self, Fleet, FleetOptions};
use schedule::PlannedFault;

/// Break the network between the shop and its stores under a mixed load, and check what was lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often each store is broken in each way
    #[arg(long, default_value_t = 25)]
    times: usize,
    /// Number of servers
    #[arg(long, default_value_t = 2)]
    shops: usize,
    /// Determines what breaks when, and what customers do; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Customers' requests per second
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// Folder of all data; erased first
    #[arg(long, default_value = ".local/faults/network")]
    dir: PathBuf,
    /// Print the schedule and exit
    #[arg(long)]
    schedule: bool,
}

const USERS: usize = 64;
/// What customers may see while a store is unavailable: never a wrong response, never another 5xx.
const TOLERATED: [Disruption; 2] = [Disruption::Unavailable, Disruption::RateLimited];
/// If the shop does not use a store for this long, its faults will never be injected.
const TRAFFIC_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs it and reports violations.
///
/// # Errors
/// When something cannot be started, or exits by itself.
pub async fn run(args: Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    let schedule = schedule::generate(seed, args.times);
    let strikes: usize = schedule.iter().map(|(_, strikes)| strikes.len()).sum();
    terminal::print_line(format!("network: {strikes} faults, seed {seed}"));
    if args.schedule {
        for (store, strikes) in &schedule {
            strikes.iter().for_each(|strike| terminal::print_line(format!("{store:?} {strike}")));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let start = FleetOptions { dir: &args.dir, servers: args.shops, durable: false, env: &[], with_proxies: true };
    let fleet = Fleet::open(start).await?;
    let customers = fleet.workload_plan(seed, USERS, Pace::Open(args.rate), &TOLERATED)?;
    let (lasted, summary) = fleet::run_under_load(&customers, inject_all(&fleet, &schedule)).await?;
    terminal::print_line(format!("{strikes} faults in {:.0} s", lasted.as_secs_f64()));
    let verdict = fleet::stop_and_check(fleet, &summary).await?;
    terminal::print_line(format!("network: {} s", started.elapsed().as_secs()));
    Ok(verdict
        .print(&format!("network --times {} --shops {} --seed {seed} --rate {}", args.times, args.shops, args.rate)))
}

/// Every store is broken as often as scheduled, in parallel; all are healthy in the end.
async fn inject_all(fleet: &Fleet, schedule: &schedule::Schedule) -> Result<Duration> {
    let started = Instant::now();
    let stores = schedule.iter().map(|(store, strikes)| async move {
        let wire = fleet.proxy(*store).context("a store without a wire")?;
        for (done, strike) in strikes.iter().enumerate() {
            inject_one(wire, strike, done + 1).await.with_context(|| format!("{store:?}: {strike}"))?;
        }
        wire.heal();
        terminal::print_line(format!(
            "{:>6.1} s  {store:?}: {} faults",
            started.elapsed().as_secs_f64(),
            strikes.len()
        ));
        anyhow::Ok(())
    });
    futures::future::try_join_all(stores).await?;
    Ok(started.elapsed())
}

async fn inject_one(wire: &FaultProxy, strike: &PlannedFault, times: usize) -> Result<()> {
    wire.inject(strike.after_exchanges, strike.fault);
    let struck = tokio::time::timeout(TRAFFIC_TIMEOUT, wire.wait_for_faults(times)).await;
    struck.context("nothing spoke to the store")
}
