//! The whole shop in one process: every function, joined as CloudFormation joins them in AWS,
//! behind one door, on stores that somebody else has started.
//!
//! Has no code path of its own for a request or an event: `routes` and `handle` are the functions'.

mod docs;
mod front;
mod handout;
mod listen;
pub mod logs;
mod poll;
mod reading;
pub mod secrets;
mod settle;
mod site;
mod stop;
mod upkeep;
mod wiring;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use domain::events::Queue;
use domain::users::{Email, Role};
use queue::provision::Made;
use runtime::{Clock, Vars};
use tokio::task::JoinSet;
use web::Door;

use crate::demo::{self, Introduction};
use crate::stores::Endpoints;
pub use handout::SAM as SAM_ENVIRONMENT;
pub use reading::reading;
use secrets::Secrets;
pub use settle::{Settled, settle};
use upkeep::{Note, Upkeep};
use wiring::{Groups, Workers};

/// How long tasks may take to end after a stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How long the demo shop's events may take to arrive everywhere.
const SETTLE_WITHIN: Duration = Duration::from_secs(60);

/// How the shop is started. The AWS SDKs take their endpoints from the process's environment.
pub struct Options {
    /// Where the stores are.
    pub endpoints: Endpoints,
    /// Where secrets and notes are kept; made if it is not there.
    pub folder: PathBuf,
    /// 0 takes any that is free.
    pub port: u16,
    /// Begins the names of databases, tables, queues and keys; empty but in tests.
    pub prefix: String,
    /// Whether goods, people and reviews are there from the start.
    pub demo: bool,
    /// `LIMITS` of its functions; as the environment says where there is none.
    pub limits: Option<String>,
    /// Hears how long steps come along.
    pub progress: fn(&dyn Display),
}

/// A running shop. Dropped without `stop`, it ends at once.
pub struct Running {
    /// Where it answers.
    pub url: String,
    /// The people of a demo shop.
    pub introduction: Option<Introduction>,
    /// What its functions read.
    pub vars: Vars,
    accounts: operator::App,
    order: stop::Order,
    tasks: JoinSet<&'static str>,
}

/// Brings the stores up to date, starts every function, and loads the demo shop.
///
/// # Errors
/// A store that does not answer, a port that is taken, a demo shop that cannot be loaded.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let Options { endpoints, folder, port, prefix, demo, limits, progress } = options;
    let clock = Clock::system();
    let listeners = listen::take(port).await?;
    let secrets = Secrets::of(&folder)?;
    let (mut variables, queues) = provisioned(&endpoints, &secrets, &prefix).await?;
    variables.extend(limits.map(|limits| ("LIMITS".to_owned(), limits)));
    handout::write(&folder, &endpoints, &variables)?;
    let vars = Vars::from_env().with(variables);

    let groups = Groups::read(&vars, &clock).map_err(anyhow::Error::from_boxed)?;
    let workers = Workers::read(&vars, &clock).map_err(anyhow::Error::from_boxed)?;
    let note = Note::of(&folder, clock.clone());
    let upkeep = Upkeep { recovery: workers.recovery.clone(), sqs: sqs().await, queues: queues.clone(), note };

    let router = router(&groups, &Door::read(&vars, clock.clone())?);
    let (order, stop) = stop::channel();
    let mut tasks = JoinSet::new();
    let url = format!("http://localhost:{}", listeners.port);
    spawn_consumers(&mut tasks, &workers, &queues, &stop).await;
    let server = listeners.serve(router, stop.clone());
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "The server ended.");
        }
        "the server"
    });
    let task = upkeep.clone().run(stop);
    tasks.spawn(async move {
        task.await;
        "upkeep"
    });

    let accounts = operator::App::read(&vars, &clock).map_err(anyhow::Error::from_boxed)?;
    let mut introduction = None;
    if demo {
        let made = load_demo(&vars, &clock, &accounts, &secrets, &folder, progress).await?;
        if made.is_new && !upkeep.settled(SETTLE_WITHIN).await {
            tracing::warn!("Some events of the demo shop are still under way.");
        }
        introduction = Some(made);
    }
    Ok(Running { url, introduction, vars, accounts, order, tasks })
}

impl Running {
    /// Finishes what is under way and ends.
    pub async fn stop(mut self) {
        self.order.give();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            tracing::warn!("Some tasks did not end in time.");
        }
    }

    /// Lets somebody who has signed up run the shop.
    ///
    /// # Errors
    /// Nobody has that address, or a store is away.
    pub async fn make_admin(&self, email: &str) -> anyhow::Result<()> {
        let email = Email::try_from(email.to_owned())?;
        let granted = operator::set_role(&self.accounts, &email, Role::Admin).await;
        granted.map(drop).map_err(|problem| anyhow::anyhow!("{problem}"))
    }

    /// Resolves when a part of it ended that nobody stopped; answers which.
    pub async fn failed(&mut self) -> String {
        match self.tasks.join_next().await {
            Some(Ok(part)) => format!("{part} ended by itself"),
            Some(Err(error)) => format!("a part of the shop panicked: {error}"),
            None => std::future::pending().await,
        }
    }
}

/// The operator function alone.
///
/// # Errors
/// The shop's secrets cannot be read.
pub fn accounts(endpoints: &Endpoints, folder: &Path, clock: &Clock) -> anyhow::Result<operator::App> {
    let vars = wiring::variables(endpoints, &Secrets::of(folder)?, "")?;
    operator::App::read(&vars, clock).map_err(anyhow::Error::from_boxed)
}

/// What the functions of the shop in `folder` read from their environment, for whoever looks at its
/// stores from outside.
///
/// # Errors
/// The shop's secrets cannot be read, or SQS does not answer.
pub async fn configuration(endpoints: &Endpoints, folder: &Path) -> anyhow::Result<Vars> {
    let vars = wiring::variables(endpoints, &Secrets::of(folder)?, "")?;
    let queues = queue::Queues::new(queue::Config::read(&vars, &[])?);
    let made = queue::provision::create(queues.client().await, "").await.map_err(anyhow::Error::msg)?;
    Ok(vars.with(wiring::queue_variables(&made)))
}

/// Loads the demo shop through functions of its own with higher limits: hundreds of people and
/// visits come from one place at once. Whoever visits the shop meets those that are configured.
async fn load_demo(
    vars: &Vars,
    clock: &Clock,
    accounts: &operator::App,
    secrets: &Secrets,
    folder: &Path,
    progress: fn(&dyn Display),
) -> anyhow::Result<Introduction> {
    let vars = vars.clone().with([("LIMITS", demo::LIMITS)]);
    let groups = Groups::read(&vars, clock).map_err(anyhow::Error::from_boxed)?;
    let router = router(&groups, &Door::read(&vars, clock.clone())?);
    demo::load(router, accounts, secrets, folder, progress).await
}

fn router(groups: &Groups, door: &Door) -> Router {
    web::door(groups.routes().merge(front::routes()), door)
}

/// What a function's process needs in its environment to work on these stores, which are brought
/// up to date for it: names begin with `prefix`, secrets are kept in `folder`.
///
/// # Errors
/// A store that does not answer, a folder that cannot be written.
pub async fn environment(endpoints: &Endpoints, folder: &Path, prefix: &str) -> anyhow::Result<Vec<(String, String)>> {
    let (variables, _) = provisioned(endpoints, &Secrets::of(folder)?, prefix).await?;
    Ok(handout::whole(endpoints, &variables))
}

async fn provisioned(
    endpoints: &Endpoints,
    secrets: &Secrets,
    prefix: &str,
) -> anyhow::Result<(Vec<(String, String)>, Vec<Made>)> {
    let mut variables = wiring::listed(endpoints, secrets, prefix)?;
    let queues = provision(&Vars::from_env().with(variables.clone()), prefix).await?;
    variables.extend(wiring::queue_variables(&queues));
    Ok((variables, queues))
}

/// Databases, collections, tables and queues; those that exist stay.
async fn provision(vars: &Vars, prefix: &str) -> anyhow::Result<Vec<Made>> {
    let dynamo = dynamo::Dynamo::new(dynamo::Config::read(vars)?);
    let queues = queue::Queues::new(queue::Config::read(vars, &[])?);
    let tables = async {
        let made = dynamo::provision::create(dynamo.client().await, prefix).await;
        made.map_err(anyhow::Error::msg)
    };
    let queues = async {
        let made = queue::provision::create(queues.client().await, prefix).await;
        made.map_err(anyhow::Error::msg)
    };
    let schemas = async { migrations::run(vars).await.context("the stores could not be brought up to date") };
    let (queues, (), ()) = tokio::try_join!(queues, tables, schemas)?;
    Ok(queues)
}

/// A client that waits as long as a long poll does; those of the functions are far less patient.
async fn sqs() -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(runtime::aws().await)
}

async fn spawn_consumers(tasks: &mut JoinSet<&'static str>, workers: &Workers, queues: &[Made], stop: &stop::Stop) {
    let sqs = sqs().await;
    macro_rules! consume {
        ($queue:expr, $worker:ident, $app:expr) => {{
            let (app, url) = ($app.clone(), wiring::queue_for(queues, $queue).url.clone());
            let handle = move |batch, left| {
                let app = app.clone();
                async move { $worker::handle(&app, batch, left).await }
            };
            let poller = poll::run(sqs.clone(), url, stop.clone(), handle);
            tasks.spawn(async move {
                poller.await;
                stringify!($worker)
            });
        }};
    }
    consume!(Queue::Notification, notification_worker, workers.notification);
    consume!(Queue::Analytics, analytics_worker, workers.analytics);
    consume!(Queue::Catalog, catalog_worker, workers.catalog);
}
