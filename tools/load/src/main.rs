//! Load for a running shop, and what it costs. For people; never deployed.

mod bench;
mod cost;
mod floor;
mod server;

use clap::{Parser, Subcommand};

/// Puts load on a shop and prints figures.
#[derive(Parser)]
#[command(name = "load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Bench(args) => bench::run(args).await,
    }
}
