//! One file per subcommand. A new one is a file, a variant and an arm.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Break the shop on purpose and check what was lost.
#[derive(Debug, Parser)]
#[command(name = "chaos", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Catalog(crate::catalog::Args),
    Matrix(crate::matrix::Args),
    Network(crate::network::Args),
    Kills(crate::kills::Args),
    Queues(crate::queues::Args),
    Restarts(crate::restarts::Args),
    Pool(crate::pool::Args),
    /// A server of the shop, as `local` runs it: the process that the harness kills
    #[command(hide = true, disable_help_flag = true)]
    Server {
        /// The arguments of `local`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    #[command(hide = true)]
    Settle(crate::fleet::recover::Args),
}

/// Runs the chosen subcommand. The exit code is 0 if every invariant held.
///
/// # Errors
/// When it could not run at all; a violation is an exit code.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Catalog(args) => crate::catalog::run(args).await,
        Command::Matrix(args) => crate::matrix::run(args).await,
        Command::Network(args) => crate::network::run(args).await,
        Command::Kills(args) => crate::kills::run(args).await,
        Command::Queues(args) => crate::queues::run(args).await,
        Command::Restarts(args) => crate::restarts::run(args).await,
        Command::Pool(args) => crate::pool::run(args).await,
        Command::Server { arguments } => {
            let local = std::iter::once(OsString::from("local")).chain(arguments);
            local::commands::run(local::commands::Cli::parse_from(local)).await
        }
        Command::Settle(args) => crate::fleet::recover::run(args).await,
    }
}
