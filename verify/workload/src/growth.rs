//! `workload growth`: what lists, searches and sorts cost in a small store and in a large one, and
//! the fiftieth page beside the first.

mod costs;
mod notifications;
mod orders;
mod products;
mod scratch;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use runtime::Env;

use self::costs::print_flushed;

/// Compare what lists cost in a small store and in a large one. Run it under `local stores -- …`: it
/// fills databases and tables of its own there, and removes them.
#[derive(Parser)]
pub struct Args {
    /// What to measure; everything if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// The number of rows of each small store.
    #[arg(long, default_value_t = 1_000)]
    small: u32,
    /// The number of products of the large catalog.
    #[arg(long, default_value_t = 1_000_000)]
    products: u32,
    /// The number of orders; one customer has the older half.
    #[arg(long, default_value_t = 400_000)]
    orders: u32,
    /// The number of notifications of one customer.
    #[arg(long, default_value_t = 100_000)]
    notifications: u32,
    /// How often each list is read.
    #[arg(long, default_value_t = 31)]
    rounds: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Products,
    Orders,
    Notifications,
}

/// # Errors
/// When a store is not available.
pub async fn run(args: Args) -> Result<()> {
    let env = Env::from_env();
    let has = |part| args.parts.is_empty() || args.parts.contains(&part);
    print_flushed("CPU: milliseconds of the database's process. Blocks: pages of tables and indexes, cached or not.\n");
    print_flushed("A ratio above its goal of 1.3 is marked *; pages have 20 rows.\n");
    if has(Part::Products) {
        products::run(&env, &args).await?;
    }
    if has(Part::Orders) {
        orders::run(&env, &args).await?;
    }
    if has(Part::Notifications) {
        notifications::run(&env, &args).await?;
    }
    Ok(())
}
