//! A test shop of one function, with clients at addresses of their own.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use domain::SessionId;
use domain::users::Role;
use runtime::Clock;
use serde_json::{Value, json};
use store_redis::{Redis, Session, Sessions};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};
use users::{App, router};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Many tests that hash at once keep the machine busy: a late response is no outage here.
const LONG_TIMEOUT: (&str, &str) = ("REDIS_TIMEOUT_MILLIS", "3000");

pub(crate) struct Shop {
    pub(crate) test_env: TestEnv,
    /// A stopped clock: windows and tokens expire when a test says so.
    pub(crate) clock: Clock,
    pub(crate) app: App,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let clock = Clock::stopped(test_env.clock.now());
        let app = App::from_env(&test_env.env_with(&[LONG_TIMEOUT]), &clock).unwrap();
        Self { test_env, clock, app }
    }

    /// The same shop with some variables changed, for example for an unavailable store.
    pub(crate) fn app_with(&self, changed: &[(&str, &str)]) -> App {
        App::from_env(&self.test_env.env_with(&[&[LONG_TIMEOUT], changed].concat()), &self.clock).unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        router(self.app.clone(), &self.test_env.http_stack())
    }

    pub(crate) fn client(&self) -> TestClient {
        self.test_env.client(self.router())
    }

    /// A client at this address, such as `192.0.2.1`.
    pub(crate) fn client_at(&self, address: &str) -> TestClient {
        let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
        self.test_env.client(self.router().layer(Extension(ConnectInfo(peer))))
    }

    /// The token of one more login, opened without a password: nothing is hashed or looked up.
    pub(crate) async fn open_session(&self, person: &TestUser, role: Role) -> String {
        let redis =
            Redis::new(&store_redis::Config::from_env(&self.test_env.env_with(&[LONG_TIMEOUT])).unwrap()).unwrap();
        let session = Session { user_id: person.id, role, name: person.name.clone(), epoch: 0, guest_email: None };
        let id = SessionId::new(self.clock.new_uuid());
        Sessions::new(redis).open(id, &session, tokens::TOKEN_LIFETIME_SECONDS, self.clock.now()).await.unwrap();
        let key = self.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
        tokens::Signer::new(&key).unwrap().sign(person.id, role, id, self.clock.now()).unwrap()
    }

    /// The result of a count over userdb.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut db = self.test_env.database("USERDB_URL").acquire().await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut *db).await.unwrap()
    }
}

pub(crate) async fn sign_up(client: &TestClient, email: &str) -> TestResponse {
    client.post("/api/users/signup", json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD})).await
}

pub(crate) async fn log_in(client: &TestClient, email: &str, password: &str) -> TestResponse {
    client.post("/api/users/login", json!({"email": email, "password": password})).await
}

pub(crate) fn token(reply: &TestResponse) -> String {
    text(&reply.json()["token"])
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// How many of these have each status, in order.
pub(crate) fn count_statuses(replies: &[TestResponse]) -> Vec<(u16, usize)> {
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}
