//! Runs the functions' own programs as Lambda does.

use std::process::ExitCode;

use clap::Parser;
use lambda_harness::commands::{self, Cli};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    commands::run(Cli::parse()).await
}
