//! Every group behind one door with the limits that are deployed, and callers at addresses.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use serde_json::{Value, json};
use testkit::{Bed, Client, Reply};

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Shop {
    pub(crate) bed: Bed,
    router: Router,
}

impl Shop {
    /// With `LIMITS` as told; none are those of the code.
    pub(crate) async fn open(limits: &str) -> Self {
        Self::with(&[("LIMITS", limits)]).await
    }

    pub(crate) async fn with(changed: &[(&str, &str)]) -> Self {
        let bed = Bed::new().await;
        let router = tests::groups(&bed, &bed.vars_with(changed));
        Self { bed, router }
    }

    /// Another instance of every function, on the same stores.
    pub(crate) fn instance(&self, limits: &str) -> Router {
        tests::groups(&self.bed, &self.bed.vars_with(&[("LIMITS", limits)]))
    }

    /// Somebody who calls from this address.
    pub(crate) fn at(&self, address: &str) -> Client {
        self.through(&self.router, address)
    }

    pub(crate) fn through(&self, router: &Router, address: &str) -> Client {
        let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
        self.bed.client(router.clone().layer(Extension(ConnectInfo(peer))))
    }

    pub(crate) async fn count(&self, database: &str, query: &'static str) -> i64 {
        let mut db = self.bed.connection(database).await;
        sqlx::query_scalar(query).fetch_one(&mut *db).await.unwrap()
    }
}

pub(crate) fn account(email: &str) -> Value {
    json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD})
}

pub(crate) async fn log_in(client: &Client, email: &str) -> Reply {
    client.post("/api/users/login", json!({"email": email, "password": PASSWORD})).await
}

/// A refusal by a limit, and when to come back.
pub(crate) fn wait(reply: &Reply) -> u32 {
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "too_many_requests"), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
    reply.header("retry-after").parse().unwrap()
}
