//! The configuration of the SDKs' clients: what the environment says, as Lambda sets it.
//!
//! `aws-config` also looks for profiles, containers' and instances' roles, which no function needs
//! (decision 86).

use std::sync::LazyLock;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::{ConfigError, Env};

static CONFIG: LazyLock<SdkConfig> = LazyLock::new(|| load(Env::from_env()));

/// Region and credentials from `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
/// `AWS_SESSION_TOKEN`, endpoints from `AWS_ENDPOINT_URL_SQS` and so on. Retries are bounded by each
/// store's own crate. Without a region or credentials, the first request fails and says so.
pub fn aws_sdk_config() -> &'static SdkConfig {
    &CONFIG
}

/// The keys in the environment. In Lambda they are valid for the whole life of the process.
pub(crate) fn read_credentials(env: &Env) -> Result<Credentials, ConfigError> {
    let mut keys = Credentials::builder()
        .access_key_id(env.required("AWS_ACCESS_KEY_ID")?)
        .secret_access_key(env.required("AWS_SECRET_ACCESS_KEY")?)
        .provider_name("environment");
    keys.set_session_token(env.optional("AWS_SESSION_TOKEN"));
    Ok(keys.build())
}

fn load(env: Env) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(Duration::from_secs(1)).build();
    let mut config = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).timeout_config(timeouts);
    // Every call has a time limit of its own: no stream needs to be watched for one that stalls.
    config.set_stalled_stream_protection(Some(StalledStreamProtectionConfig::disabled()));
    config.set_region(env.optional("AWS_REGION").map(Region::new));
    config.set_credentials_provider(read_credentials(&env).ok().map(SharedCredentialsProvider::new));
    config.service_config(EndpointVariables(env)).build()
}

/// Endpoints other than AWS's own: `AWS_ENDPOINT_URL_SQS` for one service, `AWS_ENDPOINT_URL` for all.
struct EndpointVariables(Env);

impl std::fmt::Debug for EndpointVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndpointVariables")
    }
}

impl LoadServiceConfig for EndpointVariables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.optional(&format!("{}_{service}", key.env())).or_else(|| self.0.optional(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        config.service_config()?.load_config(key.build().unwrap())
    }

    #[test]
    fn region_keys_and_endpoints_come_from_the_environment() {
        let config = load(Env::from_iter([
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:2"),
        ]));
        assert_eq!(config.region().map(Region::as_ref), Some("eu-central-1"));
        assert!(config.credentials_provider().is_some());
        assert_eq!(endpoint(&config, "SQS").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(endpoint(&config, "Secrets Manager").as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(endpoint(&config, "DynamoDB"), None);
    }

    #[test]
    fn one_endpoint_for_all_services_yields_to_that_of_one() {
        let config = load(Env::from_iter([("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_SQS", "http://one")]));
        assert_eq!(endpoint(&config, "SQS").as_deref(), Some("http://one"));
        assert_eq!(endpoint(&config, "DynamoDB").as_deref(), Some("http://all"));
        assert!(config.credentials_provider().is_none());
    }
}
