//! The queues, made before the first server would: with a message hidden for seconds, not minutes,
//! once it is received. Receivers are killed all the time here, and nobody wants to wait; a slow
//! one sees its messages handed to another, which is what consumers must bear.

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
