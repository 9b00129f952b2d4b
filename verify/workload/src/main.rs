//! `workload`: puts load on a shop and prints measurements.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workload::{bench, growth, growth_events, simulation, verify};

/// Put load on a shop and print measurements.
#[derive(Parser)]
#[command(name = "workload", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Mix(simulation::Args),
    Verify(verify::Args),
    Bench(bench::Args),
    Growth(growth::Args),
    GrowthEvents(growth_events::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Mix(args) => simulation::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Bench(args) => bench::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Growth(args) => growth::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::GrowthEvents(args) => growth_events::run(args).await.map(|()| ExitCode::SUCCESS),
    }
}
