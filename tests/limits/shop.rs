//! Every group behind one server with the production limits, and clients at addresses.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse};

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Shop {
    pub(crate) test_env: TestEnv,
    router: Router,
}

impl Shop {
    /// With this `LIMITS`; empty for those of the code.
    pub(crate) async fn open(limits: &str) -> Self {
        Self::with_env(&[("LIMITS", limits)]).await
    }

    pub(crate) async fn with_env(changed: &[(&str, &str)]) -> Self {
        let test_env = TestEnv::new().await;
        let router = tests::shop_router(&test_env, &test_env.env_with(changed));
        Self { test_env, router }
    }

    /// Another instance of every function, on the same stores.
    pub(crate) fn new_instance(&self, limits: &str) -> Router {
        tests::shop_router(&self.test_env, &self.test_env.env_with(&[("LIMITS", limits)]))
    }

    /// A client at this address.
    pub(crate) fn client_at(&self, address: &str) -> TestClient {
        self.client_through(&self.router, address)
    }

    pub(crate) fn client_through(&self, router: &Router, address: &str) -> TestClient {
        let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
        self.test_env.client(router.clone().layer(Extension(ConnectInfo(peer))))
    }

    pub(crate) async fn count(&self, database: &str, query: &'static str) -> i64 {
        let mut db = self.test_env.connection(database).await;
        sqlx::query_scalar(query).fetch_one(&mut *db).await.unwrap()
    }
}

pub(crate) fn account(email: &str) -> Value {
    json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD})
}

pub(crate) async fn log_in(client: &TestClient, email: &str) -> TestResponse {
    client.post("/api/users/login", json!({"email": email, "password": PASSWORD})).await
}

/// The `Retry-After` of a rejection by a limit.
pub(crate) fn retry_after(reply: &TestResponse) -> u32 {
    assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (429, "too_many_requests"), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
    reply.header("retry-after").parse().unwrap()
}
