//! Makes what the functions work on, and answers the environment in which they find it.

use std::path::Path;

use anyhow::Context;
use queue::provision::ProvisionedQueue;
use runtime::Env;

use super::{env_export, wiring};
use crate::secrets::Secrets;
use crate::stores::Endpoints;

/// The environment of the functions of the shop in `folder`, for programs that read its stores from
/// outside.
///
/// # Errors
/// The shop's secrets cannot be read, or SQS does not respond.
pub async fn provision_shop_env(endpoints: &Endpoints, folder: &Path) -> anyhow::Result<Env> {
    let env = wiring::function_env(endpoints, &Secrets::load_or_create(folder)?, "")?;
    let queues = queue::Queues::new(queue::Config::from_env(&env, &[])?);
    let made = queue::provision::create_queues(queues.client().await, "").await.map_err(anyhow::Error::msg)?;
    Ok(env.with_overrides(wiring::queue_variables(&made)))
}

/// The environment of a function's process on these stores, which are migrated for it: names begin
/// with `prefix`, secrets are stored in `folder`.
///
/// # Errors
/// A store that does not respond, a folder that cannot be written.
pub async fn provision_function_env(
    endpoints: &Endpoints,
    folder: &Path,
    prefix: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let (variables, _) = provision_variables(endpoints, &Secrets::load_or_create(folder)?, prefix).await?;
    Ok(env_export::with_aws_variables(endpoints, &variables))
}

pub(super) async fn provision_variables(
    endpoints: &Endpoints,
    secrets: &Secrets,
    prefix: &str,
) -> anyhow::Result<(Vec<(String, String)>, Vec<ProvisionedQueue>)> {
    let mut variables = wiring::function_variables(endpoints, secrets, prefix)?;
    let queues = provision_stores(&Env::from_env().with_overrides(variables.clone()), prefix).await?;
    variables.extend(wiring::queue_variables(&queues));
    Ok((variables, queues))
}

/// Databases, collections, tables and queues; existing ones stay.
pub(super) async fn provision_stores(env: &Env, prefix: &str) -> anyhow::Result<Vec<ProvisionedQueue>> {
    let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(env)?);
    let queues = queue::Queues::new(queue::Config::from_env(env, &[])?);
    let tables = async {
        let made = store_dynamo::provision::create_tables(dynamo.client().await, prefix).await;
        made.map_err(anyhow::Error::msg)
    };
    let queues = async {
        let made = queue::provision::create_queues(queues.client().await, prefix).await;
        made.map_err(anyhow::Error::msg)
    };
    let schemas = async { migrations::run(env).await.context("the stores could not be brought up to date") };
    let (queues, (), ()) = tokio::try_join!(queues, tables, schemas)?;
    Ok(queues)
}

/// A client that waits as long as a long poll does; those of the functions have far shorter
/// timeouts.
pub(super) fn sqs_client() -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(runtime::aws_sdk_config())
}
