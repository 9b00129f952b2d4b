//! `local run`: runs the whole shop on this machine, as `make run` does.

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use runtime::Env;

use super::signals::{Signals, exit_code_for_signal};
use super::stores::run_command;
use crate::demo::{self, DemoAccounts};
use crate::secrets;
use crate::shop::{self, RunningShop, logs};
use crate::stores::{self, DEFAULT_DIR, Endpoints, StoreOptions};
use crate::terminal;

/// Run the whole shop on this machine: its stores, every function behind one server, demo data.
///
/// The stores belong to this checkout and keep their data; the next start continues with it. If the
/// environment names all of them (SHOP_POSTGRES_URL, SHOP_REDIS_URL, SHOP_MONGODB_URL,
/// AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS), they are used and none is started: so the
/// stores (`local stores`) and the shop can run, and be killed, separately.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The port on localhost; 0 chooses a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Erase all data first
    #[arg(long)]
    reset_data: bool,
    /// Start without demo data
    #[arg(long)]
    no_demo_data: bool,
    /// The folder for data, secrets and logs
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
    /// The data folder of another shop on the same stores whose secrets are shared
    #[arg(long, value_name = "DIR")]
    share_secrets_with: Option<PathBuf>,
}

/// Runs the shop until it is stopped.
///
/// # Errors
/// A store that is missing, does not start or exits; a port that is in use.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let environment = Env::from_env();
    match Endpoints::from_variables(|name| environment.optional(name)) {
        None if args.share_secrets_with.is_some() => {
            bail!("--share-secrets-with shares the stores of another shop, but the environment does not name them")
        }
        Some(_) if args.reset_data => {
            bail!("--reset-data erases the stores of {}, but the environment names others", args.dir.display())
        }
        Some(endpoints) => serve_shop(args, endpoints).await,
        None => start_stores_and_run(args).await,
    }
}

/// The stores in this process; the shop in one of its own, which finds them in its environment as a
/// function does.
async fn start_stores_and_run(args: Args) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    if args.reset_data {
        terminal::print_line(format!("Erasing {}…", args.dir.display()));
        stores::erase(&args.dir)?;
    }
    terminal::print_line("Starting the stores…");
    let options = StoreOptions { dir: args.dir.clone(), ..StoreOptions::default() };
    let stores = tokio::select! {
        started = stores::start(options) => started?,
        stop = signals.next() => return Ok(exit_code_for_signal(stop)),
    };
    stores.summaries().for_each(|line| terminal::print_line(format!("  {line}")));
    let program = std::env::current_exe().context("cannot find this program")?;
    let program = program.to_str().context("this program's path is not UTF-8")?;
    let mut arguments = vec!["run".to_owned(), "--port".to_owned(), args.port.to_string()];
    arguments.extend(["--dir".to_owned(), args.dir.display().to_string()]);
    arguments.extend(args.no_demo_data.then(|| "--no-demo-data".to_owned()));
    let outcome = run_command(program, &arguments, &stores, &mut signals).await;
    stores.stop().await;
    outcome
}

async fn serve_shop(args: Args, endpoints: Endpoints) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let folder = args.dir.join("shop");
    let _lock = stores::lock_folder(&folder)?;
    if let Some(other) = &args.share_secrets_with {
        secrets::copy_from(&other.join("shop"), &folder)?;
    }
    let log = logs::init(&args.dir, &Env::from_env())?;
    if args.no_demo_data {
        demo::disable(&folder)?;
    }
    terminal::print_line("Starting the shop…");
    let options = shop::ShopOptions {
        endpoints,
        demo: !args.no_demo_data && !demo::is_disabled(&folder),
        folder,
        port: args.port,
        prefix: String::new(),
        rate_limits: None,
        mail_directory: Env::from_env().optional("MAIL_DIRECTORY").map(PathBuf::from),
        progress: |text: &dyn Display| terminal::print_line(format!("  {text}")),
    };
    let mut running = tokio::select! {
        started = shop::start(options) => started?,
        stop = signals.next() => return Ok(exit_code_for_signal(stop)),
    };
    print_welcome(&running, &args, &log.display());
    tokio::select! {
        _ = signals.next() => {
            terminal::print_line("Stopping…");
            running.stop().await;
            Ok(ExitCode::SUCCESS)
        }
        part = running.wait_for_failure() => bail!("{part}; see {}", log.display()),
    }
}

fn print_welcome(running: &RunningShop, args: &Args, log: &dyn Display) {
    let url = &running.url;
    terminal::print_line(format!("\nThe shop is at {url} and its API at {url}/docs"));
    terminal::print_line(format!("  log       {log}; warnings appear here too"));
    terminal::print_line(format!("  data      {}; `make run ARGS=--reset-data` starts over", args.dir.display()));
    if running.env.optional("MAIL_DIRECTORY").is_some() {
        terminal::print_line(format!("  mails     {url}/dev/mail; none is sent"));
    }
    if let Some(limits) = running.env.optional("LIMITS") {
        terminal::print_line(format!("  limits    not the usual ones: LIMITS={limits}"));
    }
    match &running.demo_accounts {
        Some(introduction) => print_demo_accounts(introduction, url),
        None => {
            terminal::print_line("  accounts  none yet: sign up at POST /api/users/signup, then `make admin EMAIL=…`");
        }
    }
    terminal::print_line("Ctrl-C stops everything.");
}

fn print_demo_accounts(accounts: &DemoAccounts, url: &str) {
    let (admin, password) = &accounts.admin;
    if !accounts.just_loaded {
        terminal::print_line(format!("  admin     {admin}, password in {}", accounts.admin_file.display()));
        return;
    }
    let (customer, customers_password) = &accounts.customer;
    terminal::print_line(format!("  admin     {admin}  {password}"));
    terminal::print_line(format!("  customer  {customer}  {customers_password}"));
    terminal::print_line(format!(
        "  (passwords are shown only once and are stored in {})",
        accounts.admin_file.with_file_name("*-password").display()
    ));
    terminal::print_line("Buy something:");
    terminal::print_line(format!(
        "  TOKEN=$(curl -s {url}/api/users/login -H 'Content-Type: application/json' \\\n    \
         -d '{{\"email\":\"{customer}\",\"password\":\"{customers_password}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')"
    ));
    terminal::print_line(format!(
        "  curl -s {url}/api/orders -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n    \
         -d '{{\"items\":[{{\"productId\":1,\"quantity\":2}}]}}'"
    ));
}
