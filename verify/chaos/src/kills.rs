//! `chaos kills`: servers of the shop are killed with SIGKILL, at any point of their work, while
//! customers continue; nothing that was acknowledged may be lost, nothing may happen twice.

mod schedule;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use local::stores::Stores;
use local::terminal;
use runtime::Clock;
use tokio::time::Instant;
use workload::simulation::{Disruption, Pace};

use crate::fleet::{self, Fleet, FleetOptions, MongoSessions, Server};
use schedule::{Kill, KillTiming};

/// Kill servers of the shop at random moments under a mixed load, and check what was lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of kills
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// Number of servers, on the same stores
    #[arg(long, default_value_t = 3)]
    shops: usize,
    /// Determines which server is killed when, and what customers do; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Customers' requests per second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
    /// Folder of all data; erased first
    #[arg(long, default_value = ".local/faults/kills")]
    dir: PathBuf,
    /// Print the schedule and exit
    #[arg(long)]
    schedule: bool,
}

/// Customers, each with one pending request: few enough for two processors.
const USERS: usize = 16;
/// What customers of a killed server may see. Stores are always available here, but a busy machine
/// sometimes responds 503.
const TOLERATED: [Disruption; 4] =
    [Disruption::ReplyLost, Disruption::Unreachable, Disruption::Unavailable, Disruption::RateLimited];

/// Runs it and reports violations.
///
/// # Errors
/// When something cannot be started, or exits by itself.
pub async fn run(args: Args) -> Result<ExitCode> {
    ensure!(args.shops > 0, "--shops: at least one");
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    let kills = schedule::generate(seed, args.kills, args.shops);
    terminal::print_line(format!("kills: {} of {} servers, seed {seed}", args.kills, args.shops));
    if args.schedule {
        kills.iter().for_each(terminal::print_line);
        return Ok(ExitCode::SUCCESS);
    }
    let start = FleetOptions { dir: &args.dir, servers: args.shops, durable: false, env: &[], with_proxies: false };
    let mut fleet = Fleet::open(start).await?;
    let customers = fleet.workload_plan(seed, USERS, Pace::Open(args.rate), &TOLERATED)?;
    let started = Instant::now();
    let mut servers = std::mem::take(&mut fleet.servers);
    let sessions = MongoSessions::connect(&fleet.stores.endpoints().mongodb_url).await?;
    let work = run_kills(&mut servers, &fleet.stores, &sessions, &kills);
    let (lasted, summary) = fleet::run_under_load(&customers, work).await?;
    fleet.servers = servers;
    let per_minute = args.kills as f64 / lasted.as_secs_f64() * 60.0;
    terminal::print_line(format!("{} kills in {:.0} s, {per_minute:.0} a minute", args.kills, lasted.as_secs_f64()));
    let verdict = fleet::stop_and_check(fleet, &summary).await?;
    terminal::print_line(format!("kills: {} s", started.elapsed().as_secs()));
    let replay = format!("kills --kills {} --shops {} --seed {seed} --rate {}", args.kills, args.shops, args.rate);
    Ok(verdict.print(&replay))
}

/// Every server is killed as often as scheduled, in parallel; all are running in the end.
async fn run_kills(
    servers: &mut [Server],
    stores: &Stores,
    sessions: &MongoSessions,
    kills: &[Kill],
) -> Result<Duration> {
    let (done, started) = (AtomicUsize::new(0), Instant::now());
    let lives = servers.iter_mut().enumerate().map(|(place, server)| {
        let (done, own) = (&done, kills.iter().filter(move |kill| kill.server == place));
        async move {
            for kill in own {
                run_until_kill(server, stores, kill).await?;
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                terminal::print_line(format!("{:>6.1} s  kill {count}: {kill}", started.elapsed().as_secs_f64()));
                tokio::try_join!(server.start(stores), sessions.kill_all())?;
            }
            server.wait_until_up(stores).await
        }
    });
    futures::future::try_join_all(lives).await?;
    Ok(started.elapsed())
}

/// The process is running already.
async fn run_until_kill(server: &mut Server, stores: &Stores, kill: &Kill) -> Result<()> {
    let life = match kill.timing {
        KillTiming::DuringStart(life) => life,
        KillTiming::WhileUp(life) => {
            server.wait_until_up(stores).await?;
            life
        }
    };
    tokio::time::sleep(life).await;
    server.kill().await
}
