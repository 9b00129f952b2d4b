//! The shop in the test's own process, on the real stores behind counting proxies.

use domain::events::Queue;
use queue::Queues;
use runtime::Env;
use testkit::{TestClient, TestEnv, TestUser};
use tests::shop_router;

use crate::proxy::{CountingProxy, Recorder, Store};

pub(crate) struct BillShop {
    pub(crate) test_env: TestEnv,
    pub(crate) recorder: Recorder,
    /// Past the proxies: see `delivery`.
    pub(crate) queues: Queues,
    pub(crate) notification_worker: notification_worker::App,
    pub(crate) catalog_worker: catalog_worker::App,
    anonymous: TestClient,
    pub(crate) admin: TestUser,
    env: Env,
    _proxies: Vec<CountingProxy>,
}

impl BillShop {
    pub(crate) async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let (recorder, mut proxies, mut moved) = (Recorder::default(), Vec::new(), Vec::new());
        let own = test_env.env();
        for (store, variables) in [
            (Store::Sql, &["USERDB_URL", "PRODUCTDB_URL", "ORDERDB_URL", "INVENTORYDB_URL"][..]),
            (Store::Redis, &["REDIS_URL"]),
            (Store::Mongo, &["MONGODB_URL"]),
            (Store::DynamoDb, &["AWS_ENDPOINT_URL_DYNAMODB"]),
            (Store::Sqs, &["AWS_ENDPOINT_URL_SQS"]),
        ] {
            let url = |name: &str| own.optional(name).or_else(|| Env::from_env().optional(name)).expect("it is set");
            let port = port(&url(variables[0]));
            let proxy = CountingProxy::start(port, store, &recorder).await;
            let replace = |text: String| text.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1);
            moved.extend(variables.iter().map(|name| ((*name).to_owned(), replace(url(name)))));
            proxies.push(proxy);
        }
        let moved: Vec<(&str, &str)> = moved.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
        let (env, clock) = (test_env.env_with(&moved), &test_env.clock);
        let anonymous = test_env.client(shop_router(&test_env, &env));
        Self {
            queues: Queues::new(queue::Config::from_env(&own, &Queue::ALL).expect("every queue has a URL")),
            notification_worker: notification_worker::App::from_env(&env, clock).expect("all is set"),
            catalog_worker: catalog_worker::App::from_env(&env, clock).expect("all is set"),
            anonymous,
            admin: test_env.admin().await,
            recorder,
            env,
            test_env,
            _proxies: proxies,
        }
    }

    pub(crate) fn analytics_worker(&self) -> analytics_worker::App {
        analytics_worker::App::from_env(&self.env, &self.test_env.clock).expect("all is set")
    }

    pub(crate) fn anyone(&self) -> TestClient {
        self.anonymous.clone()
    }

    pub(crate) fn admin(&self) -> TestClient {
        self.anonymous.as_user(&self.admin)
    }

    pub(crate) fn signed_in(&self, user: &TestUser) -> TestClient {
        self.anonymous.as_user(user)
    }
}

/// The port of a URL on this machine.
fn port(url: &str) -> u16 {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()).expect("a URL");
    host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
}
