//! `chaos`: breaks the shop on purpose and checks what was lost.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match chaos::commands::run(chaos::commands::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            local::terminal::print_error(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
