//! `local`: the shop, its stores and its helpers on one machine.

use std::process::ExitCode;

use clap::Parser;
use local::{commands, terminal};

// Two threads: what the shop may use of a small machine, whatever this one has.
#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match commands::run(commands::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            terminal::print_error(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
