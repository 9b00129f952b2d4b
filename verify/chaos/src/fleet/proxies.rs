//! Proxies between the servers and their stores.

use anyhow::{Context, Result};
use local::stores::Endpoints;

use crate::fault_proxy::{FaultProxy, Protocol, url_port};

/// A store behind a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxiedStore {
    Postgres,
    Redis,
    Mongodb,
    Dynamodb,
    Sqs,
}

impl ProxiedStore {
    pub(crate) const ALL: [Self; 5] = [Self::Postgres, Self::Redis, Self::Mongodb, Self::Dynamodb, Self::Sqs];

    /// The variable in which a server finds the store.
    const fn env_variable(self) -> &'static str {
        match self {
            Self::Postgres => "SHOP_POSTGRES_URL",
            Self::Redis => "SHOP_REDIS_URL",
            Self::Mongodb => "SHOP_MONGODB_URL",
            Self::Dynamodb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
        }
    }

    const fn protocol(self) -> Protocol {
        match self {
            Self::Postgres => Protocol::Postgres,
            Self::Redis => Protocol::Resp,
            Self::Mongodb => Protocol::Mongo,
            Self::Dynamodb | Self::Sqs => Protocol::Http,
        }
    }

    fn url(self, at: &Endpoints) -> &str {
        match self {
            Self::Postgres => &at.postgres_url,
            Self::Redis => &at.redis_url,
            Self::Mongodb => &at.mongodb_url,
            Self::Dynamodb => &at.dynamodb_url,
            Self::Sqs => &at.sqs_url,
        }
    }
}

/// The proxies, and the variables with which a server uses them instead of the stores.
pub(super) async fn start_proxies(
    at: &Endpoints,
) -> Result<(Vec<(ProxiedStore, FaultProxy)>, Vec<(&'static str, String)>)> {
    let (mut wires, mut env) = (Vec::new(), Vec::new());
    for store in ProxiedStore::ALL {
        let url = store.url(at);
        let port = url_port(url).with_context(|| format!("{store:?} has no port"))?;
        let proxy = FaultProxy::start(port, store.protocol()).await?;
        env.push((store.env_variable(), url.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1)));
        wires.push((store, proxy));
    }
    Ok((wires, env))
}
