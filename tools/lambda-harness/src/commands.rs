//! One file per subcommand.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod cold_start;
mod first_event;
mod invoke;
mod measure;
mod statistics;

/// Run the functions' own programs as Lambda does, without Docker.
#[derive(Debug, Parser)]
#[command(name = "lambda-harness", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Measure(measure::Args),
    Invoke(invoke::Args),
}

/// Runs the chosen subcommand.
///
/// # Errors
/// What failed, worded for the person who ran the command.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Measure(args) => measure::run(args).await,
        Command::Invoke(args) => invoke::run(args).await,
    }
}
