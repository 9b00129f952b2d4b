//! One function of a case, with a proxy before each of its stores.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use runtime::Env;
use testkit::{TestClient, TestEnv};

use crate::fault_proxy::{FaultProxy, Protocol, url_port};

/// A store that a scenario uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Store {
    /// The orders, their sagas, idempotency keys and outbox.
    Orderdb,
    Inventorydb,
    Productdb,
    /// Accounts and guests.
    Userdb,
    /// MongoDB: the reviews, ratings and their outbox.
    Reviewdb,
    /// DynamoDB: the payments, which are also the processor's books.
    Payments,
    Queues,
    Redis,
}

impl Store {
    pub(super) const ALL: [Self; 8] = [
        Self::Orderdb,
        Self::Inventorydb,
        Self::Productdb,
        Self::Userdb,
        Self::Reviewdb,
        Self::Payments,
        Self::Queues,
        Self::Redis,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Orderdb => "orderdb",
            Self::Inventorydb => "inventorydb",
            Self::Productdb => "productdb",
            Self::Userdb => "userdb",
            Self::Reviewdb => "reviewdb",
            Self::Payments => "payments",
            Self::Queues => "queues",
            Self::Redis => "redis",
        }
    }

    const fn env_variable(self) -> &'static str {
        match self {
            Self::Orderdb => "ORDERDB_URL",
            Self::Inventorydb => "INVENTORYDB_URL",
            Self::Productdb => "PRODUCTDB_URL",
            Self::Userdb => "USERDB_URL",
            Self::Reviewdb => "MONGODB_URL",
            Self::Payments => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Queues => "AWS_ENDPOINT_URL_SQS",
            Self::Redis => "REDIS_URL",
        }
    }

    const fn protocol(self) -> Protocol {
        match self {
            Self::Orderdb | Self::Inventorydb | Self::Productdb | Self::Userdb => Protocol::Postgres,
            Self::Reviewdb => Protocol::Mongo,
            Self::Payments | Self::Queues => Protocol::Http,
            Self::Redis => Protocol::Resp,
        }
    }
}

/// How long a function may take to reach its stores: the machine may be busy.
const READY_TIMEOUT: Duration = Duration::from_secs(90);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The function that serves a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Orders,
    Payments,
    Products,
    Inventory,
    Reviews,
    Users,
}

/// The function, its connections open, and the proxies that they go through.
pub(super) struct ProxiedFunction {
    pub(super) client: TestClient,
    proxies: Vec<(Store, FaultProxy)>,
}

impl ProxiedFunction {
    pub(super) async fn open(test_env: &TestEnv, group: Function) -> Result<Self> {
        let (mut wires, mut moved) = (Vec::new(), Vec::new());
        let environment = Env::from_env();
        let own = test_env.env();
        for store in Store::ALL {
            let url = own.optional(store.env_variable()).or_else(|| environment.optional(store.env_variable()));
            let url = url.with_context(|| format!("{} is not set", store.env_variable()))?;
            let port = url_port(&url).with_context(|| format!("{} names no port", store.env_variable()))?;
            let proxy = FaultProxy::start(port, store.protocol()).await?;
            moved.push((store.env_variable(), url.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1)));
            wires.push((store, proxy));
        }
        let moved: Vec<(&str, &str)> = moved.iter().map(|(name, url)| (*name, url.as_str())).collect();
        let client = test_env.client(router(test_env, &test_env.env_with(&moved), group)?);
        let shop = Self { client, proxies: wires };
        shop.wait_until_ready(group).await?;
        Ok(shop)
    }

    /// Opens every connection: connecting is not what is tested here.
    async fn wait_until_ready(&self, group: Function) -> Result<()> {
        let start = Instant::now();
        loop {
            let response = self.client.get(&format!("/api/{}/ready", group.name())).await;
            if response.status == 200 {
                return Ok(());
            }
            if start.elapsed() > READY_TIMEOUT {
                bail!("before any fault, the stores do not respond: {}", String::from_utf8_lossy(&response.bytes));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    pub(super) fn proxy(&self, store: Store) -> &FaultProxy {
        let found = self.proxies.iter().find(|(there, _)| *there == store);
        &found.expect("every store has a wire").1
    }

    /// The number of exchanges with each store.
    pub(super) fn exchange_counts(&self) -> Vec<(Store, u64)> {
        self.proxies.iter().map(|(store, proxy)| (*store, proxy.exchanges())).collect()
    }
}

impl Function {
    const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Products => "products",
            Self::Inventory => "inventory",
            Self::Reviews => "reviews",
            Self::Users => "users",
        }
    }
}

/// The function's router on the stores that `env` names.
pub(super) fn router(test_env: &TestEnv, env: &Env, group: Function) -> Result<Router> {
    let (clock, stack) = (&test_env.clock, test_env.http_stack());
    let router = match group {
        Function::Orders => {
            orders::router(orders::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack)
        }
        Function::Payments => {
            payments::router(payments::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack)
        }
        Function::Products => {
            products::router(products::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack)
        }
        Function::Inventory => {
            inventory::router(inventory::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack)
        }
        Function::Reviews => {
            reviews::router(reviews::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack)
        }
        Function::Users => users::router(users::App::from_env(env, clock).map_err(anyhow::Error::from_boxed)?, &stack),
    };
    Ok(router)
}
