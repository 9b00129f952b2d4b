//! A shop in the test's own process that every route can be asked in, as everybody.

use api::{Caller, Route, SampleRequest, SampleShop, Samples};
use http::Method;
use serde_json::Value;
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

use crate::shop_router;

/// A shop, and who uses it.
pub struct SampleWorld {
    /// Its stores and its clock.
    pub test_env: TestEnv,
    pub anonymous: TestClient,
    /// Whom all objects belong to.
    pub owner: TestUser,
    pub other: TestUser,
    /// Without an account, and without anything.
    pub guest: TestUser,
    pub admin: TestUser,
    samples: Samples,
}

impl SampleWorld {
    /// Starts with an empty shop.
    pub async fn new() -> Self {
        let test_env = TestEnv::new().await;
        let owner = test_env.customer().await;
        Self::with_owner(test_env, owner).await
    }

    /// As [`SampleWorld::new`], with a guest as the owner: only what guests may have can be made.
    pub async fn of_guest() -> Self {
        let test_env = TestEnv::new().await;
        let owner = test_env.guest().await;
        Self::with_owner(test_env, owner).await
    }

    async fn with_owner(test_env: TestEnv, owner: TestUser) -> Self {
        let anonymous = test_env.client(shop_router(&test_env, &test_env.env()));
        let (other, admin, guest) = (test_env.customer().await, test_env.admin().await, test_env.guest().await);
        Self { test_env, anonymous, owner, other, guest, admin, samples: Samples::default() }
    }

    /// The client of whoever may make a sample request.
    pub fn client(&self, caller: Caller) -> TestClient {
        match caller {
            Caller::Anyone => self.anonymous.clone(),
            Caller::Owner => self.anonymous.as_user(&self.owner),
            Caller::Admin => self.anonymous.as_user(&self.admin),
        }
    }

    /// A request that succeeds for whoever may make it, on fresh objects of the owner's.
    pub async fn request(&self, route: &Route) -> SampleRequest {
        self.samples.request(&mut &*self, route).await
    }

    /// Sends a sample request.
    ///
    /// # Panics
    /// When its method is none.
    pub async fn send(&self, client: &TestClient, request: &SampleRequest) -> TestResponse {
        let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
        client.send(method, &request.path, request.body.as_ref().map(Value::to_string)).await
    }
}

impl SampleShop for &SampleWorld {
    async fn send(&mut self, caller: Caller, request: &SampleRequest) -> Value {
        SampleWorld::send(self, &self.client(caller), request).await.json()
    }

    fn owner_id(&self) -> i64 {
        i64::from(self.owner.id.get())
    }

    fn verification_token(&mut self) -> String {
        self.test_env.verification_token(&self.owner)
    }

    fn nonce(&mut self) -> String {
        format!("{:x}", self.test_env.clock.random() as u64)
    }
}
