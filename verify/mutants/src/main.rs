//! `mutants`: checks that the tests catch known bugs.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use mutants::commands::{self, Args};

/// Exit code when a mutant could not be tried.
const UNDECIDED: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Args::parse()).await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "error: {error:#}");
            ExitCode::from(UNDECIDED)
        }
    }
}
