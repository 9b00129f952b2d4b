//! Creates or updates databases, roles, schemas and indexes at every deploy.
//!
//! CloudFormation calls it as a custom resource and waits for a response at a pre-signed URL: it
//! always gets one, whatever happens here, since a stack without it hangs for hours. A person may
//! invoke it directly with any other event. Forward only: a deleted stack keeps its data.

mod custom_resource;
mod custom_resource_response;

use std::time::Duration;

use futures::FutureExt;
use runtime::{Clock, ConfigError, Env, SecretError, with_timeout};
use serde_json::{Value, json};
use store_mongo::Mongo;
use store_postgres::migrate::{Plan, RetiredRoles, SignIn};

use crate::custom_resource::CustomResourceRequest;

/// The part of an invocation's time that is reserved for the response to CloudFormation, retries
/// included.
const RESPONSE_TIME_RESERVE: Duration = Duration::from_secs(20);

/// How long an unavailable store is retried: one that this very deploy has created, or that fails
/// over or scales, responds within it.
const STORE_WAIT: Duration = Duration::from_secs(90);

/// Why the migrations failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A variable is missing or invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret that the environment refers to.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A store rejected a migration; what was applied before stays, and the next run continues from
    /// there.
    #[error("{store}: {reason}")]
    Store { store: &'static str, reason: String },
    /// The invocation's time ran out.
    #[error("the migrations did not finish within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the migrations panicked")]
    Panicked,
}

/// Migrates every store. Safe to repeat, and safe to run concurrently.
///
/// Reads `POSTGRES_ADMIN_URL`, `POSTGRES_ADMIN_PASSWORD` if that has none, `ROLE_PASSWORD` or
/// `DATABASE_IAM=true`, with which the roles sign in by IAM, and what [`store_mongo::Config`]
/// reads. `DATABASE_PREFIX` is the prefix of the databases' names if several shops share a server.
/// `OLD_DATABASE_ROLES=keep` leaves the roles of the previous version unchanged, for the deploy
/// during which functions of that version still run.
///
/// # Errors
/// When a variable is missing or a store rejects a migration.
pub async fn run(env: &Env) -> Result<(), MigrationError> {
    run_within(env, STORE_WAIT).await
}

async fn run_within(env: &Env, patience: Duration) -> Result<(), MigrationError> {
    let plan = Plan {
        admin_url: env.secret("POSTGRES_ADMIN_URL")?,
        prefix: env.optional("DATABASE_PREFIX").unwrap_or_default(),
        admin_password: env.secret("POSTGRES_ADMIN_PASSWORD").ok(),
        sign_in: match env.secret("ROLE_PASSWORD") {
            Ok(password) => SignIn::Password(password),
            Err(_) if env.parsed_or("DATABASE_IAM", false)? => SignIn::Iam,
            Err(_) => SignIn::Unchanged,
        },
        retired_roles: match env.optional("OLD_DATABASE_ROLES").as_deref() {
            Some("keep") => RetiredRoles::Kept,
            None | Some("remove") => RetiredRoles::Removed,
            Some(_) => return Err(ConfigError::invalid("OLD_DATABASE_ROLES", "is neither keep nor remove").into()),
        },
        retry_for: patience,
    };
    let postgres = async { store_postgres::migrate::run(&plan).await.map_err(|e| store_error("Postgres", e)) };
    let mongo = Mongo::new(store_mongo::Config::from_env(env)?.for_migrations(), &Clock::system());
    let mongo = async { store_mongo::migrate::run(&mongo, patience).await.map_err(|e| store_error("MongoDB", e)) };
    tokio::try_join!(postgres, mongo).map(drop)
}

fn store_error(store: &'static str, reason: impl std::fmt::Display) -> MigrationError {
    MigrationError::Store { store, reason: reason.to_string() }
}

/// One invocation, with `left` until the platform ends it.
///
/// # Errors
/// Of a direct invocation, why it failed. Of a custom resource's, only that the response could not
/// be sent: then the platform retries the event.
pub async fn handle(env: &Env, event: Value, left: Duration) -> Result<Value, lambda_runtime::Error> {
    let bound = left.saturating_sub(RESPONSE_TIME_RESERVE);
    let Some(call) = CustomResourceRequest::from_event(event)? else {
        run_with_deadline(env, bound).await?;
        return Ok(json!({"status": "migrated"}));
    };
    let outcome = if call.is_deletion() { Ok(()) } else { run_with_deadline(env, bound).await };
    if let Err(failed) = &outcome {
        tracing::error!(%failed, "The migrations failed.");
    }
    let response = call.response(outcome.map_err(|failed| failed.to_string()));
    custom_resource_response::send(call.response_url(), &response).await?;
    Ok(response)
}

async fn run_with_deadline(env: &Env, bound: Duration) -> Result<(), MigrationError> {
    // Secrets are fetched here and not at startup: CloudFormation gets an error about a missing
    // one. Half of the time is reserved for the work, and for reporting which store was
    // unavailable.
    let patience = STORE_WAIT.min(bound / 2);
    let work = async { run_within(&env.clone().resolve_secrets().await?, patience).await };
    let work = std::panic::AssertUnwindSafe(work).catch_unwind();
    match with_timeout(bound, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(MigrationError::Panicked),
        Err(_) => Err(MigrationError::TimedOut(bound)),
    }
}
