//! The client: created on first use, each call with a time limit.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use runtime::{ConfigError, Env, with_timeout};
use tokio::sync::OnceCell;

use crate::item;
use crate::{Error, Result};

/// The longest wait for one attempt: DynamoDB responds in single milliseconds, so half a second
/// means a lost connection.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);
/// This is the only layer that retries.
const MAX_ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; the SDK picks a random pause below it.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);
/// The longest wait for a call with all its attempts.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest wait for a ping, in one attempt: a start sends one while it opens several stores in
/// parallel, with a small CPU share, and the caller has a limit of its own.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// The endpoint of DynamoDB.
#[derive(Clone, Debug)]
pub struct Config {
    endpoint: Option<String>,
}

impl Config {
    /// Reads `AWS_ENDPOINT_URL_DYNAMODB`. The SDK finds it in the process's environment itself;
    /// read here too, so that a test can replace it.
    ///
    /// # Errors
    /// None so far: the region and the credentials are found on first use.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { endpoint: env.optional("AWS_ENDPOINT_URL_DYNAMODB") })
    }

    /// The table of payments: `PAYMENTS_TABLE`.
    ///
    /// # Errors
    /// When it is not set.
    pub fn payments_table(env: &Env) -> Result<String, ConfigError> {
        env.required("PAYMENTS_TABLE")
    }

    /// The table of notifications: `NOTIFICATIONS_TABLE`.
    ///
    /// # Errors
    /// When it is not set.
    pub fn notifications_table(env: &Env) -> Result<String, ConfigError> {
        env.required("NOTIFICATIONS_TABLE")
    }
}

/// DynamoDB. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Dynamo {
    config: Arc<Config>,
    client: Arc<OnceCell<Client>>,
}

impl Dynamo {
    /// Connects to nothing yet.
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config), client: Arc::default() }
    }

    /// The SDK's client, for [`provision`](crate::provision) and for tools that read whole tables.
    pub async fn client(&self) -> &Client {
        let connect = || async {
            let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
            let retries = RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(INITIAL_BACKOFF);
            let config = Builder::from(runtime::aws_sdk_config()).timeout_config(timeouts).retry_config(retries);
            let config = match &self.config.endpoint {
                Some(url) => config.endpoint_url(url),
                None => config,
            };
            Client::from_conf(config.build())
        };
        self.client.get_or_init(connect).await
    }

    /// Reads an item that does not exist: needs no permission beyond those in use.
    pub(crate) async fn ping(&self, table: &str) -> Result<()> {
        let key = |name| AttributeValue::S(format!("ping#{name}"));
        let get = self.client().await.get_item().table_name(table);
        let get = get.key(item::PK, key(item::PK)).key(item::SK, key(item::SK));
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PING_TIMEOUT).build();
        let get = get.customize().config_override(Builder::new().timeout_config(timeouts));
        with_timeout(PING_TIMEOUT, get.send()).await?.map_err(|error| Error::from_sdk(&error)).map(drop)
    }
}

/// Awaits one call within its time limit.
pub(crate) async fn timed<T, E, R>(call: impl Future<Output = Result<T, SdkError<E, R>>>) -> Result<T>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    with_timeout(CALL_TIMEOUT, call).await?.map_err(|error| Error::from_sdk(&error))
}

/// Awaits one conditional call: `Err` holds the service's rejection if `refused` recognizes it.
pub(crate) async fn timed_conditional<T, E, R, W>(
    call: impl Future<Output = Result<T, SdkError<E, R>>>,
    as_rejection: impl FnOnce(&E) -> Option<W>,
) -> Result<Result<T, W>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match with_timeout(CALL_TIMEOUT, call).await? {
        Ok(response) => Ok(Ok(response)),
        Err(error) => error.as_service_error().and_then(as_rejection).map(Err).ok_or_else(|| Error::from_sdk(&error)),
    }
}
