//! The queues, created before the first server does: with a visibility timeout of seconds, not
//! minutes. Receivers are killed all the time here, and the run should not wait; a slow receiver
//! sees its messages delivered to another one, which consumers must tolerate.

use anyhow::{Context, Result};
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};

const VISIBILITY_TIMEOUT_SECONDS: u32 = 30;

pub(super) async fn create_queues(url: &str) -> Result<()> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .build();
    let made =
        queue::provision::create_queues_with_visibility(&Client::from_conf(config), "", VISIBILITY_TIMEOUT_SECONDS)
            .await;
    made.map(drop).map_err(anyhow::Error::msg).context("the queues")
}
