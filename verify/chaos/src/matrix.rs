//! `chaos matrix`: every remote step of every checkout scenario, of every write of a product and of a
//! review, × every fault.
//!
//! The steps are not listed anywhere: each scenario runs once without faults, and the exchanges
//! that its proxies count are the steps. Then each is broken in each way, recovery runs (twice
//! concurrently), the client repeats its request with its idempotency key, the consumers drain the
//! queues, and every store is checked.

mod assertions;
mod case;
mod concurrent;
mod delayed;
mod env;
mod exchanges;
mod interference;
mod limits;
mod operators;
mod prices;
mod product_assertions;
mod proxied_function;
mod rejections;
mod response;
mod retry;
mod returns;
mod review_assertions;
mod run;
mod scenario;
mod shipments;
mod take_overs;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use invariants::Invariant;
use local::terminal;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use runtime::Clock;

use crate::redelivery;
use crate::violations::{self, Violations};
use case::{Case, FailureMode};
use env::MatrixEnv;
use exchanges::count_exchanges;
use scenario::Scenario;

/// In how many ways a step can fail.
const ALL_WAYS: u8 = FailureMode::ALL.len() as u8;

/// Break every step of every checkout scenario, in every way.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the most telling cases: each step crashes after its effect, each process wakes up late
    /// once
    #[arg(long)]
    quick: bool,
    /// Break each step in this many of the eight ways: by both crashes, and the rest chosen by the seed;
    /// and let so many eighths of the other actors act
    #[arg(long, default_value_t = ALL_WAYS, value_parser = clap::value_parser!(u8).range(2..=8))]
    ways: u8,
    /// Run a sample of this size, chosen by the seed; all cases by default
    #[arg(long)]
    sample: Option<usize>,
    /// Run only these cases: SCENARIO/STORE/EXCHANGE/MODE, as a failure prints them
    #[arg(long)]
    only: Vec<Case>,
    /// Run only these parts; all by default
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Run only cases of these scenarios, as a failure prints them; all by default
    #[arg(long)]
    path: Vec<Scenario>,
    /// Chooses and orders the cases; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Concurrent cases
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

/// The parts of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Every remote step, broken in every way
    Steps,
    /// Processes that wake up late
    Late,
    /// Other actors on unfinished work
    Actors,
    /// Compensations at the limits for users
    Bounds,
    /// The source of an order's price
    Prices,
    /// A 4xx has no effect
    Refusals,
    /// An operator's commands with Redis unavailable in between
    Operators,
}

impl Args {
    fn includes(&self, part: Part) -> bool {
        if self.part.is_empty() { self.only.is_empty() || part == Part::Steps } else { self.part.contains(&part) }
    }
}

/// Runs it and reports violations.
///
/// # Errors
/// When the stores are not available: run it under `local stores -- …`.
pub async fn run(args: Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| Clock::system().random() as u64);
    let args = Args { seed: Some(seed), ..args };
    let mut again = format!("matrix --seed {seed}");
    if args.quick {
        again.push_str(" --quick");
    }
    if args.ways < ALL_WAYS {
        again.push_str(&format!(" --ways {}", args.ways));
    }
    if let Some(sample) = args.sample {
        again.push_str(&format!(" --sample {sample}"));
    }
    for part in &args.part {
        let name = clap::ValueEnum::to_possible_value(part);
        again.push_str(&format!(" --part {}", name.as_ref().map_or("", clap::builder::PossibleValue::get_name)));
    }
    for path in &args.path {
        again.push_str(&format!(" --path {}", path.name()));
    }
    Ok(check(&args).await?.print(&again))
}

/// Runs it; returns the violations.
///
/// # Errors
/// As [`run`].
pub async fn check(args: &Args) -> Result<Violations> {
    let seed = args.seed.unwrap_or_default();
    let start = Instant::now();
    let world = Arc::new(MatrixEnv::open().await?);
    let cases = select_cases(&world, args, seed).await?;
    terminal::print_line(format!("matrix: {} cases, seed {seed}", cases.len()));
    let mut violations = run::run_cases(&world, &cases, args.at_once).await?;
    if args.includes(Part::Late) {
        violations.merge(delayed::run(&world, args.quick, &args.path).await?);
    }
    if args.includes(Part::Actors) {
        violations.merge(interference::run(&world, args, seed).await?);
    }
    if args.includes(Part::Bounds) {
        violations.merge(limits::run(&world).await?);
    }
    if args.includes(Part::Prices) {
        violations.merge(prices::run(&world).await?);
    }
    if args.includes(Part::Refusals) {
        violations.merge(rejections::run(&world).await?);
    }
    if args.includes(Part::Operators) {
        violations.merge(operators::run(&world).await?);
    }
    violations.merge(redelivery::drain_queues(&world.env, seed).await?);
    let stores = invariants::Stores::from_env(&world.env.env(), &world.env.clock)?;
    let report = violations::check_stores(&stores, &invariants::CheckOptions::quiescent()).await?;
    let orders = report.checked_count(Invariant::Money, "orders at rest");
    terminal::print_line(format!("  {orders} orders compared with all stores"));
    let buying = cases.iter().filter(|case| !case.scenario.is_admin_write() && !case.scenario.is_review()).count();
    if orders < buying as u64 / 2 {
        violations.add("matrix", format!("only {orders} orders were there to be checked after {buying} cases"));
    }
    violations.add_report(&report);
    terminal::print_line(format!("matrix: {} s", start.elapsed().as_secs()));
    Ok(violations)
}

async fn select_cases(world: &MatrixEnv, args: &Args, seed: u64) -> Result<Vec<Case>> {
    if !args.only.is_empty() {
        return Ok(args.only.clone());
    }
    let (mut cases, mut random) = (Vec::new(), StdRng::seed_from_u64(seed));
    if !args.includes(Part::Steps) {
        return Ok(cases);
    }
    for path in Scenario::ALL.into_iter().filter(|path| args.path.is_empty() || args.path.contains(path)) {
        for (store, exchanges) in count_exchanges(world, path).await? {
            for exchange in 0..exchanges {
                let modes = if args.quick {
                    vec![FailureMode::CrashAfter]
                } else {
                    FailureMode::choose(args.ways, &mut random)
                };
                cases.extend(modes.into_iter().map(|mode| Case { scenario: path, store, exchange, mode }));
            }
        }
    }
    cases.shuffle(&mut random);
    cases.truncate(args.sample.unwrap_or(usize::MAX));
    Ok(cases)
}
