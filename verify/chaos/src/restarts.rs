//! `chaos restarts`: stores are killed and restarted, and frozen, under a mixed load. 503 is the
//! only error meanwhile; when a store is back, the shop is healthy within five seconds; in the end
//! nothing is lost.

mod outage;
mod probe;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use local::stores::{Restartable, Stores};
use local::terminal;
use runtime::Clock;
use tokio::time::Instant;
use workload::simulation::{Disruption, Pace};

use crate::fleet::{self, Fleet, FleetOptions, MongoSessions};
use crate::violations::Violations;
use outage::{Outage, OutageKind};
use probe::{Probe, RecoveryTime};

/// Kill, restart and freeze the stores of a shop under a mixed load, and check what was lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often each: PostgreSQL, Redis and MongoDB killed, Redis and MongoDB frozen
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// Number of servers, on the same stores
    #[arg(long, default_value_t = 2)]
    shops: usize,
    /// Determines the order of outages, and what customers do; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Customers' requests per second
    #[arg(long, default_value_t = 40.0)]
    rate: f64,
    /// Folder of all data; erased first
    #[arg(long, default_value = ".local/faults/restarts")]
    dir: PathBuf,
}

/// Customers, each with one pending request.
const USERS: usize = 16;
/// Sessions that Redis had not written to disk when it was killed are lost: their owners log in
/// again. Nothing else may happen but 503.
const TOLERATED: [Disruption; 2] = [Disruption::Unavailable, Disruption::SessionLost];
/// When the shop must be healthy after a store is back, in addition to the time that the probe
/// takes on a healthy shop: on a busy machine, seconds.
const HEALTHY_WITHIN: Duration = Duration::from_secs(5);
/// The pause between two outages.
const PAUSE_BETWEEN_OUTAGES: Duration = Duration::from_secs(1);
/// The slowest page of the catalog while Redis hangs: the breaker's time, and a busy machine's.
const PAGE_WITHIN: Duration = Duration::from_secs(2);

/// Runs it and reports violations.
///
/// # Errors
/// When something cannot be started, or exits by itself.
pub async fn run(args: Args) -> Result<ExitCode> {
    ensure!(args.shops > 0, "--shops: at least one");
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    let troubles = outage::generate(seed, args.times);
    terminal::print_line(format!("restarts: {} outages, seed {seed}", troubles.len()));
    let start = FleetOptions { dir: &args.dir, servers: args.shops, durable: true, env: &[], with_proxies: false };
    let mut fleet = Fleet::open(start).await?;
    let customers = fleet.workload_plan(seed, USERS, Pace::Open(args.rate), &TOLERATED)?;
    let mut probes = Vec::new();
    for server in &fleet.servers {
        probes.push(Probe::sign_up(&server.url()).await?);
    }
    let work = run_outages(&mut fleet.stores, &mut probes, &troubles);
    let (mut verdict, summary) = fleet::run_under_load(&customers, work).await?;
    verdict.merge(fleet::stop_and_check(fleet, &summary).await?);
    let replay = format!("restarts --times {} --shops {} --seed {seed} --rate {}", args.times, args.shops, args.rate);
    Ok(verdict.print(&replay))
}

async fn run_outages(stores: &mut Stores, probes: &mut [Probe], troubles: &[Outage]) -> Result<Violations> {
    let mut verdict = Violations::default();
    let (mut longest, sessions) = (Duration::ZERO, MongoSessions::connect(&stores.endpoints().mongodb_url).await?);
    for probe in probes.iter_mut() {
        probe.choose_product().await?;
    }
    for (place, trouble) in troubles.iter().enumerate() {
        tokio::time::sleep(PAUSE_BETWEEN_OUTAGES).await;
        let calm = wait_until_all_healthy(probes).await?.after;
        let page = run_outage(stores, probes, *trouble).await?;
        let (well, ()) =
            tokio::try_join!(wait_until_all_healthy(probes), kill_thawed_transactions(&sessions, *trouble))?;
        let after = well.after.saturating_sub(calm);
        longest = longest.max(after);
        let (after_ms, calm_ms) = (after.as_millis(), calm.as_millis());
        let page =
            page.map(|page| format!("; slowest page of the catalog {} ms", page.as_millis())).unwrap_or_default();
        terminal::print_line(format!(
            "  {:>2}: {trouble}; well {after_ms} ms after it was back, and {calm_ms} ms that asking takes{page}",
            place + 1
        ));
        if after > HEALTHY_WITHIN {
            verdict.add(trouble, format!("well only {after_ms} ms after it was back; last at {}", well.last_failure));
        }
    }
    terminal::print_line(format!("{} outages; the longest recovery took {} ms", troubles.len(), longest.as_millis()));
    Ok(verdict)
}

/// A thawed MongoDB begins transactions that its clients gave up long ago.
async fn kill_thawed_transactions(sessions: &MongoSessions, trouble: Outage) -> Result<()> {
    const THAWED: Duration = Duration::from_millis(500);
    if (trouble.kind, trouble.store) != (OutageKind::Freeze, Restartable::Mongodb) {
        return Ok(());
    }
    sessions.kill_all().await?;
    tokio::time::sleep(THAWED).await;
    sessions.kill_all().await
}

/// How long it takes until every server serves every request of the probe.
async fn wait_until_all_healthy(probes: &mut [Probe]) -> Result<RecoveryTime> {
    let well = futures::future::try_join_all(probes.iter_mut().map(Probe::wait_until_healthy)).await?;
    Ok(well.into_iter().max_by_key(|well| well.after).unwrap_or_default())
}

/// Ends when the store is back. Returns the slowest page of the catalog during the outage, if the
/// catalog must stay available.
async fn run_outage(stores: &mut Stores, probes: &[Probe], trouble: Outage) -> Result<Option<Duration>> {
    if trouble.kind == OutageKind::Kill {
        stores.kill_and_restart(trouble.store, trouble.duration).await?;
        return Ok(None);
    }
    stores.freeze(trouble.store)?;
    let (ends, mut slowest) = (Instant::now() + trouble.duration, None);
    while Instant::now() < ends {
        if trouble.store == Restartable::Redis {
            for probe in probes {
                let page = probe.time_catalog_page().await;
                if page.is_err() {
                    stores.thaw(trouble.store)?;
                }
                slowest = slowest.max(Some(page?));
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stores.thaw(trouble.store)?;
    ensure!(slowest.is_none_or(|page| page < PAGE_WITHIN), "a page of the catalog took {slowest:?} while Redis hung");
    Ok(slowest)
}
