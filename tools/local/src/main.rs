//! `local`: the shop, its stores and its helpers on one machine.

use std::process::ExitCode;

use clap::Parser;
use local::{commands, terminal};

// Two threads: what the shop may use on a small machine, however large this one is.
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
