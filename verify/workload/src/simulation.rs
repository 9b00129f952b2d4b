//! `workload mix`: simulates the customers of a shop.

mod action_kind;
mod actions;
mod delivery;
mod known_catalog;
mod pace;
mod plan;
mod progress;
mod response_stats;
mod run;
mod shared_state;
mod summary;
mod tolerance;
mod user_state;
mod virtual_user;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use runtime::Clock;
use tokio::sync::watch;

use crate::admin::AdminArgs;
use crate::console;
use crate::duration::{self, parse_duration};

pub use action_kind::{ActionKind, Weights};
pub use pace::{Pace, RunLimits};
pub use plan::WorkloadPlan;
pub use run::run_plan;
pub use summary::{KindSummary, Summary};
pub use tolerance::{Disruption, Tolerance};

/// Put a mixed load on a shop: browse, search, read, sign up, log in, buy (with codes, to addresses, as
/// guests), decline, pay again, cancel, refund, ship, return, review and track, as many customers at
/// once.
///
/// A closed loop unless --rate is given. It ends by --for or --requests. The exit code is 1 if a
/// response was unexpected: a 5xx, a response that does not match the request, and 503, 429, lost
/// and refused connections unless --tolerate names them.
#[derive(Debug, Parser)]
pub struct Args {
    /// Base URL of the shop; several times for several servers of the same shop
    #[arg(long = "url", default_value = "http://localhost:3000", value_name = "URL")]
    urls: Vec<String>,
    /// Customers; with --rate the maximum number of concurrent requests (16; 64 with --rate)
    #[arg(long)]
    users: Option<usize>,
    /// Requests that arrive per second, however slow the shop is; latencies count from arrival
    #[arg(long)]
    rate: Option<f64>,
    /// Duration: 500ms, 30s, 5m, 1h (30s, unless --requests is given)
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    time: Option<Duration>,
    /// Number of requests
    #[arg(long)]
    requests: Option<u64>,
    /// How long requests that are open at the end may take
    #[arg(long, default_value = "45s", value_name = "TIME", value_parser = parse_duration)]
    patience: Duration,
    /// Timeout of a request
    #[arg(long, default_value = "15s", value_name = "TIME", value_parser = parse_duration)]
    timeout: Duration,
    /// Repeats a run, as far as the shop responds alike (random, and printed, unless given)
    #[arg(long)]
    seed: Option<u64>,
    /// Weights of the actions: browse=20,buy_one=0; "only,track=1" does nothing else
    #[arg(long, default_value = "", hide_default_value = true, value_name = "KIND=NUMBER,…")]
    weights: Weights,
    /// Percentage of purchases with a card that is slow, fails at first or loses its reply
    #[arg(long, default_value_t = 6.0, value_name = "PERCENT")]
    awkward_cards: f64,
    /// What is no failure: 503, 429, 401, lost, unreachable, unsettled
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TROUBLE,…")]
    tolerate: Tolerance,
    /// Write acknowledged responses here, for `reconcile`, and to FILE.replays for `workload verify`
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    #[command(flatten)]
    admin: AdminArgs,
    /// Number of products to add if the shop has none
    #[arg(long, default_value_t = 40)]
    furnish: u32,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    fn into_plan(self) -> Result<WorkloadPlan> {
        const CLOSED_USERS: usize = 16;
        const OPEN_USERS: usize = 64;
        ensure!(self.rate.is_none_or(|rate| rate > 0.0 && rate.is_finite()), "--rate: must be more than 0");
        ensure!((0.0..=100.0).contains(&self.awkward_cards), "--awkward-cards: from 0 to 100");
        let users = self.users.unwrap_or(if self.rate.is_some() { OPEN_USERS } else { CLOSED_USERS });
        ensure!(users > 0, "--users: at least one");
        // A run always has an end.
        let unless_told = if self.requests.is_some() { duration::MAX_DURATION } else { Duration::from_secs(30) };
        Ok(WorkloadPlan {
            urls: self.urls,
            users,
            pace: self.rate.map_or(Pace::Closed, Pace::Open),
            limits: RunLimits { time: self.time.unwrap_or(unless_told), requests: self.requests.unwrap_or(u64::MAX) },
            drain_timeout: self.patience,
            request_timeout: self.timeout,
            seed: self.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32)),
            weights: self.weights,
            faulty_card_share: self.awkward_cards / 100.0,
            tolerance: self.tolerate,
            history: self.history,
            admin: self.admin.credentials()?,
            seed_products: self.furnish,
        })
    }
}

/// Runs, shows the progress, and prints the results.
///
/// # Errors
/// When it cannot begin.
pub async fn run(args: Args) -> Result<ExitCode> {
    let json = args.json;
    let plan = args.into_plan()?;
    console::print_status(format!("Seed {}. Ctrl-C ends it early, in good order.", plan.seed));
    let (stop, stopped) = watch::channel(false);
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.send_replace(true);
        }
    });
    let display = progress::ProgressDisplay::new();
    let summary = run_plan(&plan, stopped, |so_far| display.show(so_far)).await;
    listening.abort();
    display.clear();
    let summary = summary?;
    if json {
        console::print_line(serde_json::to_string_pretty(&summary)?);
    } else {
        console::print_line(&summary);
    }
    Ok(if summary.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
