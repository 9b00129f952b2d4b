//! The whole shop in one process: every function, connected as CloudFormation connects them in AWS,
//! behind one server, on running stores.
//!
//! Has no code path of its own for a request or an event: `routes` and `handle` are the functions'.

mod consumers;
mod dev_mail;
mod env_export;
mod listeners;
pub mod logs;
mod pending_work;
mod poller;
mod provision;
mod read_env;
mod scheduler;
mod server_routes;
mod shutdown;
mod storefront;
mod swagger_ui;
mod wiring;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use domain::Timestamp;
use domain::users::{Email, Role};
use mail::MailDirectory;
use runtime::{Clock, Env};
use tokio::task::JoinSet;
use web::HttpStack;

use crate::demo::{self, DemoAccounts};
use crate::secrets::Secrets;
use crate::stores::Endpoints;
use consumers::spawn_consumers;
pub use env_export::SAM_FILE;
pub use pending_work::{PendingWorkReport, finish_pending_work};
pub use provision::{provision_function_env, provision_shop_env};
use provision::{provision_variables, sqs_client};
pub use read_env::read_shop_env;
use scheduler::{LastIdle, Scheduler};
use wiring::{Groups, Workers};

/// How long tasks may take to end after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the demo data's events may take to arrive everywhere.
const DEMO_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The options of a shop. The AWS SDKs read their endpoints from the process's environment.
pub struct ShopOptions {
    /// The URLs of the stores.
    pub endpoints: Endpoints,
    /// The folder for secrets and state; created if it does not exist.
    pub folder: PathBuf,
    /// 0 chooses a free one.
    pub port: u16,
    /// The prefix of databases, tables, queues and keys; empty except in tests.
    pub prefix: String,
    /// Whether demo data is loaded.
    pub demo: bool,
    /// `LIMITS` of its functions; from the environment if there is none.
    pub rate_limits: Option<String>,
    /// The folder that mails are written to and `/dev/mail` shows; without one they are only logged.
    pub mail_directory: Option<PathBuf>,
    /// Called with the progress of long steps.
    pub progress: fn(&dyn Display),
}

/// A running shop. Dropped without `stop`, it ends at once.
pub struct RunningShop {
    pub url: String,
    /// The accounts of the demo data.
    pub demo_accounts: Option<DemoAccounts>,
    /// The configuration of its functions.
    pub env: Env,
    operator: operator::App,
    shutdown: shutdown::ShutdownTrigger,
    tasks: JoinSet<&'static str>,
}

/// Migrates the stores, starts every function, and loads the demo data.
///
/// # Errors
/// A store that does not respond, a port that is in use, demo data that cannot be loaded.
pub async fn start(options: ShopOptions) -> anyhow::Result<RunningShop> {
    let ShopOptions { endpoints, folder, port, prefix, demo, rate_limits: limits, mail_directory, progress } = options;
    let clock = Clock::system();
    let listeners = listeners::bind(port).await?;
    let secrets = Secrets::load_or_create(&folder)?;
    let (mut variables, queues) = provision_variables(&endpoints, &secrets, &prefix).await?;
    variables.extend(limits.map(|limits| ("LIMITS".to_owned(), limits)));
    let url = format!("http://localhost:{}", listeners.port);
    variables.push(("SHOP_URL".to_owned(), url.clone()));
    env_export::write_files(&folder, &endpoints, &variables)?;
    // Not exported: a container does not see the folder.
    variables.extend(mail_directory.iter().map(|folder| ("MAIL_DIRECTORY".to_owned(), folder.display().to_string())));
    let env = Env::from_env().with_overrides(variables);

    let groups = Groups::from_env(&env, &clock).map_err(anyhow::Error::from_boxed)?;
    let workers = Workers::from_env(&env, &clock).map_err(anyhow::Error::from_boxed)?;
    let note = LastIdle::new(&folder, clock.clone());
    let scheduler =
        Scheduler { recovery: workers.recovery.clone(), sqs: sqs_client(), queues: queues.clone(), last_idle: note };

    let mails = mail_directory.map(MailDirectory::new);
    let router = router(&groups, mails, &HttpStack::from_env(&env, clock.clone())?);
    let (order, stop) = shutdown::channel();
    let mut tasks = JoinSet::new();
    spawn_consumers(&mut tasks, &workers, &queues, &stop).await;
    let server = listeners.serve(router, stop.clone());
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "The server ended.");
        }
        "the server"
    });
    let task = scheduler.clone().run(stop);
    tasks.spawn(async move {
        task.await;
        "upkeep"
    });

    let accounts = operator::App::from_env(&env, &clock).map_err(anyhow::Error::from_boxed)?;
    let mut introduction = None;
    if demo {
        let made = load_demo(&env, clock.now(), &accounts, &secrets, &folder, progress).await?;
        if made.just_loaded && !scheduler.wait_until_idle(DEMO_IDLE_TIMEOUT).await {
            tracing::warn!("Some events of the demo data are still in progress.");
        }
        introduction = Some(made);
    }
    Ok(RunningShop { url, demo_accounts: introduction, env, operator: accounts, shutdown: order, tasks })
}

impl RunningShop {
    /// Completes what is in progress and ends.
    pub async fn stop(mut self) {
        self.shutdown.trigger();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!("Some tasks did not end in time.");
        }
    }

    /// Makes a user who has signed up an admin.
    ///
    /// # Errors
    /// No user has that address, or a store is unavailable.
    pub async fn make_admin(&self, email: &str) -> anyhow::Result<()> {
        let email = Email::try_from(email.to_owned())?;
        let granted = operator::set_role(&self.operator, &email, Role::Admin).await;
        granted.map(drop).map_err(|problem| anyhow::anyhow!("{problem}"))
    }

    /// Resolves when a part of it ended without being stopped; returns its name.
    pub async fn wait_for_failure(&mut self) -> String {
        match self.tasks.join_next().await {
            Some(Ok(part)) => format!("{part} ended by itself"),
            Some(Err(error)) => format!("a part of the shop panicked: {error}"),
            None => std::future::pending().await,
        }
    }
}

/// Only the operator function.
///
/// # Errors
/// The shop's secrets cannot be read.
pub fn accounts(endpoints: &Endpoints, folder: &Path, clock: &Clock) -> anyhow::Result<operator::App> {
    let env = wiring::function_env(endpoints, &Secrets::load_or_create(folder)?, "")?;
    operator::App::from_env(&env, clock).map_err(anyhow::Error::from_boxed)
}

/// Loads the demo data through functions of its own: with a clock that can be set, and with higher
/// limits, since hundreds of users and visits come from one address at once. Clients of the shop get
/// the configured limits.
async fn load_demo(
    env: &Env,
    now: Timestamp,
    accounts: &operator::App,
    secrets: &Secrets,
    folder: &Path,
    progress: fn(&dyn Display),
) -> anyhow::Result<DemoAccounts> {
    let env = env.clone().with_overrides([("LIMITS", demo::LOAD_RATE_LIMITS)]);
    let clock = Clock::stopped(now);
    let groups = Groups::from_env(&env, &clock).map_err(anyhow::Error::from_boxed)?;
    let router = router(&groups, None, &HttpStack::from_env(&env, clock.clone())?);
    demo::load(router, &clock, accounts, secrets, folder, progress).await
}

fn router(groups: &Groups, mails: Option<MailDirectory>, stack: &HttpStack) -> Router {
    web::with_middleware(groups.routes().merge(server_routes::routes(mails)), stack)
}
