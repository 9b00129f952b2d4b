//! `faults kills`: servers of the shop are killed with SIGKILL, wherever they are, while customers
//! go on; nothing that was acknowledged may be lost, nothing may happen twice.

mod schedule;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use load::mix::{Pace, Trouble};
use local::say;
use local::stores::Stores;
use runtime::Clock;
use tokio::time::Instant;

use crate::fleet::{self, Fleet, Server, Sessions, Start};
use schedule::{Kill, Moment};

/// Kill servers of the shop at random moments under a mixed load, and look for what was lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many times a server is killed
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// How many servers there are, on the same stores
    #[arg(long, default_value_t = 3)]
    shops: usize,
    /// Decides who is killed when, and what customers do; random unless told
    #[arg(long)]
    seed: Option<u64>,
    /// Requests of customers in a second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
    /// Where everything is kept; erased first
    #[arg(long, default_value = ".local/faults/kills")]
    dir: PathBuf,
    /// Print the schedule and do nothing
    #[arg(long)]
    schedule: bool,
}

/// Customers, each with one request under way: few enough for two processors.
const USERS: usize = 16;
/// What happens to whoever is served by a server that dies. Stores are never away here, but a
/// busy machine answers 503 now and then.
const TOLERATED: [Trouble; 4] = [Trouble::Lost, Trouble::Unreachable, Trouble::Unavailable, Trouble::Limited];

/// Runs it and tells what was found.
///
/// # Errors
/// Something cannot be started, or ends by itself.
pub async fn run(args: Args) -> Result<ExitCode> {
    ensure!(args.shops > 0, "--shops: at least one");
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    let kills = schedule::of(seed, args.kills, args.shops);
    say::line(format!("kills: {} of {} servers, seed {seed}", args.kills, args.shops));
    if args.schedule {
        kills.iter().for_each(say::line);
        return Ok(ExitCode::SUCCESS);
    }
    let start = Start { dir: &args.dir, servers: args.shops, durable: false, vars: &[], wires: false };
    let mut fleet = Fleet::open(start).await?;
    let customers = fleet.customers(seed, USERS, Pace::Open(args.rate), &TOLERATED)?;
    let started = Instant::now();
    let mut servers = std::mem::take(&mut fleet.servers);
    let sessions = Sessions::of(&fleet.stores.endpoints().mongodb_url).await?;
    let work = all(&mut servers, &fleet.stores, &sessions, &kills);
    let (lasted, summary) = fleet::amid(&customers, work).await?;
    fleet.servers = servers;
    let per_minute = args.kills as f64 / lasted.as_secs_f64() * 60.0;
    say::line(format!("{} kills in {:.0} s, {per_minute:.0} a minute", args.kills, lasted.as_secs_f64()));
    let verdict = fleet::judge(fleet, &summary).await?;
    say::line(format!("kills: {} s", started.elapsed().as_secs()));
    let replay = format!("kills --kills {} --shops {} --seed {seed} --rate {}", args.kills, args.shops, args.rate);
    Ok(verdict.tell(&replay))
}

/// Every server dies as often as the schedule says, side by side; all are up in the end.
async fn all(servers: &mut [Server], stores: &Stores, sessions: &Sessions, kills: &[Kill]) -> Result<Duration> {
    let (done, started) = (AtomicUsize::new(0), Instant::now());
    let lives = servers.iter_mut().enumerate().map(|(place, server)| {
        let (done, own) = (&done, kills.iter().filter(move |kill| kill.server == place));
        async move {
            for kill in own {
                live_and_die(server, stores, kill).await?;
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                say::line(format!("{:>6.1} s  kill {count}: {kill}", started.elapsed().as_secs_f64()));
                tokio::try_join!(server.start(stores), sessions.end_all())?;
            }
            server.until_up(stores).await
        }
    });
    futures::future::try_join_all(lives).await?;
    Ok(started.elapsed())
}

/// The process runs already.
async fn live_and_die(server: &mut Server, stores: &Stores, kill: &Kill) -> Result<()> {
    let life = match kill.moment {
        Moment::Starting(life) => life,
        Moment::Up(life) => {
            server.until_up(stores).await?;
            life
        }
    };
    tokio::time::sleep(life).await;
    server.kill().await
}
