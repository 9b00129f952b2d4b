//! The stores of one run, and a shop on them that nothing breaks.

use anyhow::Result;
use runtime::Clock;
use store_mongo::Mongo;
use testkit::{TestClient, TestEnv, TestUser};

use super::proxied_function::{self, Function};

/// Longer than any run takes.
const LATER_SECONDS: i64 = 24 * 3600;

/// The stores of one test, and a fault-free shop on them.
pub(super) struct MatrixEnv {
    pub(super) env: TestEnv,
    pub(super) admin: TestUser,
    pub(super) orders: TestClient,
    pub(super) payments: TestClient,
    pub(super) products: TestClient,
    pub(super) inventory: TestClient,
    pub(super) reviews: TestClient,
    pub(super) users: TestClient,
    pub(super) recovery: recovery::App,
    pub(super) payment_store: store_dynamo::Payments,
    /// Reviewdb by a clock that is fast: to it, every process had time to complete its writes.
    reviewdb_later: Mongo,
}

impl MatrixEnv {
    pub(super) async fn open() -> Result<Self> {
        let test_env = TestEnv::new().await;
        let env = test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]);
        let later = Clock::stopped(test_env.clock.now().plus_seconds(LATER_SECONDS));
        let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&env)?);
        Ok(Self {
            admin: test_env.admin().await,
            orders: test_env.client(proxied_function::router(&test_env, &env, Function::Orders)?),
            payments: test_env.client(proxied_function::router(&test_env, &env, Function::Payments)?),
            products: test_env.client(proxied_function::router(&test_env, &env, Function::Products)?),
            inventory: test_env.client(proxied_function::router(&test_env, &env, Function::Inventory)?),
            reviews: test_env.client(proxied_function::router(&test_env, &env, Function::Reviews)?),
            users: test_env.client(proxied_function::router(&test_env, &env, Function::Users)?),
            reviewdb_later: Mongo::new(store_mongo::Config::from_env(&env)?, &later),
            recovery: recovery::App::from_env(&env, &test_env.clock)?,
            payment_store: store_dynamo::Payments::new(dynamo, store_dynamo::Config::payments_table(&env)?),
            env: test_env,
        })
    }

    /// Completes the changes of reviews, twice at once, without waiting for those that are young.
    pub(super) async fn complete_reviews(&self) -> Result<()> {
        let complete = || store_mongo::reviews::complete_pending(&self.reviewdb_later);
        let (one, two) = tokio::join!(complete(), complete());
        one.and(two).map(drop).map_err(|error| anyhow::anyhow!("reviews: {error}"))
    }

    /// A function without faults.
    pub(super) fn function(&self, group: Function) -> &TestClient {
        match group {
            Function::Orders => &self.orders,
            Function::Payments => &self.payments,
            Function::Products => &self.products,
            Function::Inventory => &self.inventory,
            Function::Reviews => &self.reviews,
            Function::Users => &self.users,
        }
    }
}
