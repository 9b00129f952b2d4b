//! `load`: puts load on a shop and prints figures.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use load::{bench, mix, verify};

/// Puts load on a shop and prints figures.
#[derive(Parser)]
#[command(name = "load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Mix(mix::Args),
    Verify(verify::Args),
    Bench(bench::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Mix(args) => mix::command(args).await,
        Command::Verify(args) => verify::command(args).await,
        Command::Bench(args) => bench::run(args).await.map(|()| ExitCode::SUCCESS),
    }
}
