//! The stores of one run, and a shop on them that nothing breaks.

use anyhow::Result;
use testkit::{TestClient, TestEnv, TestUser};

use super::proxied_function::{self, Function};

/// The stores of one test, and a fault-free shop on them.
pub(super) struct MatrixEnv {
    pub(super) env: TestEnv,
    pub(super) admin: TestUser,
    pub(super) orders: TestClient,
    pub(super) payments: TestClient,
    pub(super) products: TestClient,
    pub(super) inventory: TestClient,
    pub(super) recovery: recovery::App,
    pub(super) payment_store: store_dynamo::Payments,
}

impl MatrixEnv {
    pub(super) async fn open() -> Result<Self> {
        let test_env = TestEnv::new().await;
        let env = test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]);
        let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&env)?);
        Ok(Self {
            admin: test_env.admin().await,
            orders: test_env.client(proxied_function::router(&test_env, &env, Function::Orders)?),
            payments: test_env.client(proxied_function::router(&test_env, &env, Function::Payments)?),
            products: test_env.client(proxied_function::router(&test_env, &env, Function::Products)?),
            inventory: test_env.client(proxied_function::router(&test_env, &env, Function::Inventory)?),
            recovery: recovery::App::from_env(&env, &test_env.clock)?,
            payment_store: store_dynamo::Payments::new(dynamo, store_dynamo::Config::payments_table(&env)?),
            env: test_env,
        })
    }

    /// A function without faults.
    pub(super) fn function(&self, group: Function) -> &TestClient {
        match group {
            Function::Orders => &self.orders,
            Function::Payments => &self.payments,
            Function::Products => &self.products,
            Function::Inventory => &self.inventory,
        }
    }
}
