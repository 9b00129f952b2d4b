//! `faults matrix`: every remote step of every way through a checkout, and of every write of a
//! product, × everything that can happen to it.
//!
//! Which steps there are is not written down anywhere: each path is walked once with nothing
//! broken, and the exchanges that its proxies count are the steps. Then each is broken in each
//! way, recovery runs (twice at once), the client asks again with its idempotency key, the
//! consumers take what the queues hold, and every store is judged.

mod actors;
mod bounds;
mod case;
mod judge;
mod late;
mod operators;
mod path;
mod prices;
mod products;
mod refusals;
mod run;
mod settle;
mod shop;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use local::say;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use reconcile::Invariant;
use runtime::Clock;
use testkit::{Bed, Client, Person};

use crate::drain;
use crate::verdict::{self, Verdict};
use case::{Case, Mode};
use path::Path;
use shop::{Group, Shop, Store};

/// Break every step of every way through a checkout, in every way.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what tells most: each step crashes once it is done, each process wakes up late once
    #[arg(long)]
    quick: bool,
    /// So many cases of all, chosen by the seed; all unless told
    #[arg(long)]
    sample: Option<usize>,
    /// Only these: PATH/STORE/EXCHANGE/MODE, as a failure names them
    #[arg(long)]
    only: Vec<Case>,
    /// Only these parts; all unless told
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Only cases of these paths, as a failure names them; all unless told
    #[arg(long)]
    path: Vec<Path>,
    /// Chooses and orders the cases; random unless told
    #[arg(long)]
    seed: Option<u64>,
    /// Cases under way at once
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

/// What the matrix is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Every remote step, broken in every way
    Steps,
    /// Processes that wake up late
    Late,
    /// Others who act on what is half done
    Actors,
    /// What undoes, at the bounds that limit people
    Bounds,
    /// Who says what an order costs
    Prices,
    /// A 4xx has no effect
    Refusals,
    /// An operator's commands, and Redis away in between
    Operators,
}

impl Args {
    fn has(&self, part: Part) -> bool {
        if self.part.is_empty() { self.only.is_empty() || part == Part::Steps } else { self.part.contains(&part) }
    }
}

/// One test's stores, and a shop on them that nothing breaks.
struct World {
    bed: Bed,
    admin: Person,
    orders: Client,
    payments: Client,
    products: Client,
    inventory: Client,
    recovery: recovery::App,
    books: dynamo::Payments,
}

impl World {
    async fn open() -> Result<Self> {
        let bed = Bed::new().await;
        let vars = bed.vars_with(&[("DATABASE_CONNECTIONS", "8")]);
        let dynamo = dynamo::Dynamo::new(dynamo::Config::read(&vars)?);
        Ok(Self {
            admin: bed.admin().await,
            orders: bed.client(shop::router(&bed, &vars, Group::Orders)?),
            payments: bed.client(shop::router(&bed, &vars, Group::Payments)?),
            products: bed.client(shop::router(&bed, &vars, Group::Products)?),
            inventory: bed.client(shop::router(&bed, &vars, Group::Inventory)?),
            recovery: recovery::App::read(&vars, &bed.clock)?,
            books: dynamo::Payments::new(dynamo, dynamo::Config::payments(&vars)?),
            bed,
        })
    }

    /// A function that nothing breaks.
    fn function(&self, group: Group) -> &Client {
        match group {
            Group::Orders => &self.orders,
            Group::Payments => &self.payments,
            Group::Products => &self.products,
            Group::Inventory => &self.inventory,
        }
    }
}

/// Runs it and tells what was found.
///
/// # Errors
/// When the stores are not there: run it under `local stores -- …`.
pub async fn run(args: Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| Clock::system().random() as u64);
    let args = Args { seed: Some(seed), ..args };
    let mut again = format!("matrix --seed {seed}");
    if args.quick {
        again.push_str(" --quick");
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
    Ok(check(&args).await?.tell(&again))
}

/// Runs it; answers what was found.
///
/// # Errors
/// As [`run`].
pub async fn check(args: &Args) -> Result<Verdict> {
    let seed = args.seed.unwrap_or_default();
    let start = Instant::now();
    let world = Arc::new(World::open().await?);
    let cases = choose(&world, args, seed).await?;
    say::line(format!("matrix: {} cases, seed {seed}", cases.len()));
    let mut verdict = run::all(&world, &cases, args.at_once).await?;
    if args.has(Part::Late) {
        verdict.merge(late::all(&world, args.quick).await?);
    }
    if args.has(Part::Actors) {
        verdict.merge(actors::all(&world, args.quick, args.at_once).await?);
    }
    if args.has(Part::Bounds) {
        verdict.merge(bounds::all(&world).await?);
    }
    if args.has(Part::Prices) {
        verdict.merge(prices::all(&world).await?);
    }
    if args.has(Part::Refusals) {
        verdict.merge(refusals::all(&world).await?);
    }
    if args.has(Part::Operators) {
        verdict.merge(operators::all(&world).await?);
    }
    verdict.merge(drain::all(&world.bed, seed).await?);
    let stores = reconcile::Stores::read(&world.bed.vars(), &world.bed.clock)?;
    let report = verdict::judged(&stores, &reconcile::Options::settled()).await?;
    let orders = report.counted(Invariant::Money, "orders at rest");
    say::line(format!("  {orders} orders held against all stores"));
    let buying = cases.iter().filter(|case| !case.path.is_products()).count();
    if orders < buying as u64 / 2 {
        verdict.broken("matrix", format!("only {orders} orders were there to be judged after {buying} cases"));
    }
    verdict.report(&report);
    say::line(format!("matrix: {} s", start.elapsed().as_secs()));
    Ok(verdict)
}

async fn choose(world: &World, args: &Args, seed: u64) -> Result<Vec<Case>> {
    if !args.only.is_empty() {
        return Ok(args.only.clone());
    }
    let mut cases = Vec::new();
    if !args.has(Part::Steps) {
        return Ok(cases);
    }
    for path in Path::ALL.into_iter().filter(|path| args.path.is_empty() || args.path.contains(path)) {
        for (store, exchanges) in walk(world, path).await? {
            for exchange in 0..exchanges {
                let modes: &[Mode] = if args.quick { &[Mode::CrashAfter] } else { &Mode::ALL };
                cases.extend(modes.iter().map(|mode| Case { path, store, exchange, mode: *mode }));
            }
        }
    }
    cases.shuffle(&mut StdRng::seed_from_u64(seed));
    cases.truncate(args.sample.unwrap_or(usize::MAX));
    Ok(cases)
}

/// Walks a path with nothing broken; answers its exchanges with each store.
async fn walk(world: &World, path: Path) -> Result<Vec<(Store, u64)>> {
    let scene = path.prepare(world, format!("walk-{}", world.bed.clock.new_uuid())).await?;
    let shop = Shop::open(&world.bed, path.group()).await?;
    let before = shop.exchanges();
    let answer = scene.act(&shop.client).await;
    anyhow::ensure!(answer.status == path.answer(), "{} with nothing broken: {answer:?}", path.name());
    Ok(shop.exchanges().into_iter().zip(before).map(|((store, now), (_, then))| (store, now - then)).collect())
}
