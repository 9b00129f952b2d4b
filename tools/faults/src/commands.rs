//! One file per subcommand. A new one is a file, a variant and an arm.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Break the shop on purpose and look for what was lost.
#[derive(Debug, Parser)]
#[command(name = "faults", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Matrix(crate::matrix::Args),
    Planted(crate::planted::Args),
}

/// Runs the chosen subcommand. The exit code is 0 if every promise held.
///
/// # Errors
/// What could not be run at all; a broken promise is an exit code.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Matrix(args) => crate::matrix::run(args).await,
        Command::Planted(args) => crate::planted::run(args).await,
    }
}
