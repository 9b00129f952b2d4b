//! Databases, roles, schemas and indexes, made or brought up to date at every deploy.
//!
//! CloudFormation calls it as a custom resource and waits for an answer at a pre-signed URL: it
//! always gets one, whatever happens here, since a stack without it hangs for hours. A person may
//! invoke it directly with any other event. Forward only: a deleted stack keeps its data.

mod answer;
mod custom_resource;

use std::time::Duration;

use futures::FutureExt;
use mongo::Mongo;
use postgres::migrate::{Plan, Retired, SignIn};
use runtime::{Clock, Missing, Unresolved, Vars, within};
use serde_json::{Value, json};

use crate::custom_resource::Call;

/// Kept back from an invocation's time to tell CloudFormation how it went, retries included.
const ANSWER: Duration = Duration::from_secs(20);

/// For so long a store that is unavailable is asked again: one that this very deploy has made, or
/// that fails over or scales, answers within it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why the stores are not as this version needs them.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Configuration.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A secret that the environment points at.
    #[error(transparent)]
    Secret(#[from] Unresolved),
    /// A store refused; what was applied before stays, and the next run goes on from there.
    #[error("{store}: {reason}")]
    Store {
        /// Which one.
        store: &'static str,
        /// What it said.
        reason: String,
    },
    /// The invocation's time ran out.
    #[error("the migrations did not finish within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// A defect of ours.
    #[error("the migrations panicked")]
    Panicked,
}

/// Brings every store up to date. Safe to repeat, and safe to run twice at once.
///
/// Reads `POSTGRES_ADMIN_URL`, `POSTGRES_ADMIN_PASSWORD` where that has none, `ROLE_PASSWORD` or
/// `DATABASE_IAM=true`, which says that the roles sign in by IAM, and what [`mongo::Config`] reads.
/// `DATABASE_PREFIX` begins the databases' names where several shops share a server.
/// `OLD_DATABASE_ROLES=keep` leaves the roles of the version before as they are, for the deploy in
/// which functions of that version still run.
///
/// # Errors
/// When a variable is missing or a store refuses.
pub async fn run(vars: &Vars) -> Result<(), Failed> {
    run_within(vars, PATIENCE).await
}

async fn run_within(vars: &Vars, patience: Duration) -> Result<(), Failed> {
    let plan = Plan {
        admin_url: vars.secret("POSTGRES_ADMIN_URL")?,
        prefix: vars.optional("DATABASE_PREFIX").unwrap_or_default(),
        admin_password: vars.secret("POSTGRES_ADMIN_PASSWORD").ok(),
        roles: match vars.secret("ROLE_PASSWORD") {
            Ok(password) => SignIn::Password(password),
            Err(_) if vars.parsed("DATABASE_IAM", false)? => SignIn::Iam,
            Err(_) => SignIn::Unchanged,
        },
        retired: match vars.optional("OLD_DATABASE_ROLES").as_deref() {
            Some("keep") => Retired::Kept,
            None | Some("remove") => Retired::Removed,
            Some(_) => return Err(Missing::wrong("OLD_DATABASE_ROLES", "is neither keep nor remove").into()),
        },
        patience,
    };
    let postgres = async { postgres::migrate::run(&plan).await.map_err(|e| refused("Postgres", e)) };
    let mongo = Mongo::new(mongo::Config::read(vars)?.patient(), &Clock::system());
    let mongo = async { mongo::migrate::run(&mongo, patience).await.map_err(|e| refused("MongoDB", e)) };
    tokio::try_join!(postgres, mongo).map(drop)
}

fn refused(store: &'static str, reason: impl std::fmt::Display) -> Failed {
    Failed::Store { store, reason: reason.to_string() }
}

/// One invocation, with `left` until the platform ends it.
///
/// # Errors
/// Of a direct invocation, why it failed. Of a custom resource's, only that CloudFormation could
/// not be told how it went: then the platform tries the event again.
pub async fn handle(vars: &Vars, event: Value, left: Duration) -> Result<Value, lambda_runtime::Error> {
    let bound = left.saturating_sub(ANSWER);
    let Some(call) = Call::of(event)? else {
        bounded(vars, bound).await?;
        return Ok(json!({"status": "migrated"}));
    };
    let outcome = if call.is_deletion() { Ok(()) } else { bounded(vars, bound).await };
    if let Err(failed) = &outcome {
        tracing::error!(%failed, "The migrations failed.");
    }
    let answer = call.answer(outcome.map_err(|failed| failed.to_string()));
    answer::put(call.response_url(), &answer).await?;
    Ok(answer)
}

async fn bounded(vars: &Vars, bound: Duration) -> Result<(), Failed> {
    // Secrets are fetched here and not at start: CloudFormation is told of one that is missing.
    // Half of the time is left for the work, and for saying which store was away.
    let patience = PATIENCE.min(bound / 2);
    let work = async { run_within(&vars.clone().with_secrets().await?, patience).await };
    let work = std::panic::AssertUnwindSafe(work).catch_unwind();
    match within(bound, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Failed::Panicked),
        Err(_) => Err(Failed::TooSlow(bound)),
    }
}
