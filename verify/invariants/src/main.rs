//! `reconcile`: holds all stores against each other, as the environment names them. Reads only.

use std::process::ExitCode;

use clap::Parser;
use invariants::Stores;
use invariants::command::{self, CheckArgs};
use runtime::{Clock, Env};

/// Hold all stores of a shop against each other: does it keep what it promises?
///
/// Reads the variables that the functions read (USERDB_URL, PRODUCTDB_URL, ORDERDB_URL,
/// INVENTORYDB_URL, MONGODB_URL, PAYMENTS_TABLE, NOTIFICATIONS_TABLE, NOTIFICATION_QUEUE_URL,
/// ANALYTICS_QUEUE_URL, CATALOG_QUEUE_URL, REDIS_URL). Never writes. The exit code is 0 when everything
/// holds, 1 when something is violated, and 2 when that could not be found out.
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
