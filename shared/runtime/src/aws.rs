//! The AWS configuration. Credentials and region resolve once, on first use: a function that
//! calls no AWS service in an invocation never pays for it.

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use tokio::sync::OnceCell;

static CONFIG: OnceCell<SdkConfig> = OnceCell::const_new();

/// Region, credentials and endpoints from the environment (`AWS_REGION`, `AWS_ENDPOINT_URL_SQS` and
/// so on). Retries are bounded by each store's own crate.
pub async fn aws_sdk_config() -> &'static SdkConfig {
    let load = || async {
        let timeouts = TimeoutConfig::builder().connect_timeout(std::time::Duration::from_secs(1)).build();
        aws_config::defaults(BehaviorVersion::v2026_01_12()).timeout_config(timeouts).load().await
    };
    CONFIG.get_or_init(load).await
}
