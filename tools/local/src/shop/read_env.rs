//! The environment of a running shop's functions, for programs that read it and change nothing.

use std::path::Path;

use anyhow::Context;
use aws_sdk_sqs::error::DisplayErrorContext;
use domain::events::Queue;
use runtime::Env;

use super::provision::sqs_client;
use super::wiring;
use crate::secrets::Secrets;
use crate::stores::Endpoints;

/// The configuration of the shop in `folder`; creates neither secrets nor queues. The AWS SDKs read
/// their endpoints from the process's environment.
///
/// # Errors
/// No shop has run there, or its queues do not respond.
pub async fn read_shop_env(endpoints: &Endpoints, folder: &Path) -> anyhow::Result<Env> {
    let secrets = Secrets::load(folder).with_context(|| format!("no shop has run in {}", folder.display()))?;
    let env = wiring::function_env(endpoints, &secrets, "")?;
    let sqs = sqs_client();
    let mut queues = Vec::new();
    for queue in Queue::ALL {
        let found = sqs.get_queue_url().queue_name(queue.name()).send().await;
        let found =
            found.map_err(|error| anyhow::anyhow!("the {} queue: {}", queue.name(), DisplayErrorContext(&error)))?;
        queues.push((wiring::queue_url_variable(queue), found.queue_url.unwrap_or_default()));
    }
    Ok(env.with_overrides(queues))
}
