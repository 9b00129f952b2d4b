//! `reconcile`: compares all stores that the environment names with each other. Reads only.

use std::process::ExitCode;

use clap::Parser;
use invariants::Stores;
use invariants::command::{self, CheckArgs};
use runtime::{Clock, Env};

/// Compare all stores of a shop with each other: does it keep its invariants?
///
/// Reads the variables that the functions read (USERDB_URL, PRODUCTDB_URL, ORDERDB_URL,
/// INVENTORYDB_URL, MONGODB_URL, PAYMENTS_TABLE, NOTIFICATIONS_TABLE, NOTIFICATION_QUEUE_URL,
/// ANALYTICS_QUEUE_URL, CATALOG_QUEUE_URL, REDIS_URL). Never writes. The exit code is 0 if all
/// invariants hold, 1 if one is violated, and 2 if the check failed.
#[derive(Debug, Parser)]
#[command(name = "reconcile", version)]
struct Cli {
    #[command(flatten)]
    request: CheckArgs,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Cli { request } = Cli::parse();
    match Stores::from_env(&Env::from_env(), &Clock::system()) {
        Ok(stores) => command::run(&request, &stores).await,
        Err(missing) => command::report_error(missing),
    }
}
