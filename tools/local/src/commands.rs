//! One file per subcommand. A new one is a file, a variant and an arm.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub mod account;
pub mod bridge;
pub mod check_grants;
pub mod check_pinning;
pub mod check_plans;
pub mod dead_letters;
pub mod doctor;
pub mod make_admin;
mod query_plan;
pub mod reconcile;
pub mod run;
mod running_shop;
mod signals;
mod statement_log;
pub mod stores;

/// Run the shop on one machine, without Docker and without AWS.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    MakeAdmin(make_admin::Args),
    Account(account::Args),
    Reconcile(reconcile::Args),
    DeadLetters(dead_letters::Args),
    Stores(stores::Args),
    Bridge(bridge::Args),
    CheckPinning(check_pinning::Args),
    CheckGrants(check_grants::Args),
    CheckPlans(check_plans::Args),
    Doctor(doctor::Args),
}

/// Runs the chosen subcommand. The exit code is the subcommand's own.
///
/// # Errors
/// What the subcommand could not do, worded for the person who ran it.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Run(args) => run::run(args).await,
        Command::MakeAdmin(args) => make_admin::run(args).await,
        Command::Account(args) => account::run(args).await,
        Command::Reconcile(args) => reconcile::run(args).await,
        Command::DeadLetters(args) => dead_letters::run(args).await,
        Command::Stores(args) => stores::run(args).await,
        Command::Bridge(args) => bridge::run(args).await,
        Command::CheckPinning(args) => check_pinning::run(args).await,
        Command::CheckGrants(args) => check_grants::run(args).await,
        Command::CheckPlans(args) => check_plans::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Cli::command().debug_assert();
    }
}
