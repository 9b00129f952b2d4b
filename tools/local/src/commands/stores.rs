//! `local stores`: runs the private stores, alone or around a command.

use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::signals::{Signals, exit_code_for_signal};
use crate::stores::{self, DEFAULT_DIR, Ports, StoreOptions, Stores};
use crate::terminal;

/// How long a command may take to end after the Ctrl-C that a terminal has sent to it as well,
/// before it gets a signal: without a terminal, only this program got it.
const TERMINAL_GRACE: Duration = Duration::from_millis(500);
/// How long a command may take to end after that signal.
const COMMAND_GRACE: Duration = Duration::from_secs(10);

/// Start PostgreSQL, Redis, MongoDB, DynamoDB and SQS for this checkout, all on 127.0.0.1.
///
/// With a COMMAND, the stores live exactly as long as it does: it finds them through its
/// environment (SHOP_POSTGRES_URL, SHOP_REDIS_URL, SHOP_MONGODB_URL, AWS_ENDPOINT_URL_DYNAMODB,
/// AWS_ENDPOINT_URL_SQS), and its exit code is this program's. Without one, they run until Ctrl-C.
/// A store whose variable is already set is used as it is, and not started.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder for the stores' data, ports and logs
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
    /// Use any free ports instead of the remembered ones
    #[arg(long)]
    free_ports: bool,
    /// Trade durability for speed: for tests, whose data may be lost
    #[arg(long)]
    volatile: bool,
    /// Log every SQL statement that takes at least this many milliseconds; 0 logs all, one per line
    #[arg(long, value_name = "MS")]
    log_statements_over: Option<u64>,
    /// Log what the shop asks MongoDB, each different query once, in logs/mongodb-commands.log
    #[arg(long)]
    log_mongo_commands: bool,
    /// A command to run with the stores in its environment
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Starts the stores and waits until something ends them.
///
/// # Errors
/// A store that is missing or does not start, a store that exited, a command that cannot be run.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let options = StoreOptions {
        dir: args.dir,
        ports: if args.free_ports { Ports::Free } else { Ports::Remembered },
        durable: !args.volatile,
        log_statements_over: args.log_statements_over.map(Duration::from_millis),
        log_mongo_commands: args.log_mongo_commands,
        ignore_environment: false,
    };
    let stores = tokio::select! {
        started = stores::start(options) => started?,
        stop = signals.next() => return Ok(exit_code_for_signal(stop)),
    };
    let outcome = match args.command.split_first() {
        None => run_until_stopped(&stores, &mut signals).await,
        Some((program, rest)) => {
            stores.summaries().for_each(terminal::print_note);
            run_command(program, rest, &stores, &mut signals).await
        }
    };
    stores.stop().await;
    outcome
}

async fn run_until_stopped(stores: &Stores, signals: &mut Signals) -> anyhow::Result<ExitCode> {
    stores.summaries().for_each(terminal::print_line);
    terminal::print_line(format!("Environment for another shell: . {}", stores.env_file().display()));
    terminal::print_line("Ctrl-C stops them.");
    tokio::select! {
        _ = signals.next() => Ok(ExitCode::SUCCESS),
        death = stores.wait_for_failure() => Err(anyhow::Error::new(death)),
    }
}

/// Runs a command as long as the stores live, and the stores as long as the command does.
pub(super) async fn run_command(
    program: &str,
    arguments: &[String],
    stores: &Stores,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let mut command = Command::new(program);
    command.args(arguments).envs(stores.env()).kill_on_drop(true);
    let mut child = stores.spawn(command).await.with_context(|| format!("cannot run {program}"))?;
    let ended = tokio::select! {
        status = child.wait() => return Ok(exit_code(status?)),
        stop = signals.next() => {
            let by_itself = stop == Signal::INT && tokio::time::timeout(TERMINAL_GRACE, child.wait()).await.is_ok();
            if !by_itself {
                terminate(&child);
            }
            Ok(stop)
        }
        death = stores.wait_for_failure() => {
            terminate(&child);
            Err(death)
        }
    };
    let status = tokio::select! {
        status = tokio::time::timeout(COMMAND_GRACE, child.wait()) => status.ok(),
        _ = signals.next() => None,
    };
    if status.is_none() {
        child.kill().await?;
    }
    match (ended, status) {
        (Err(death), _) => Err(anyhow::Error::new(death)),
        (Ok(_), Some(status)) => Ok(exit_code(status?)),
        (Ok(stop), None) => Ok(exit_code_for_signal(stop)),
    }
}

pub(super) fn terminate(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, Signal::TERM);
    }
}

pub(super) fn exit_code(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
