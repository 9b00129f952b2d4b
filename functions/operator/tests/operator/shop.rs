//! A test shop of the users function and an operator.

use domain::users::Role;
use domain::{SessionId, UserId};
use operator::App;
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use store_redis::{Redis, Session, Sessions};
use testkit::{TestClient, TestEnv, TestResponse};

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Many tests that hash at once keep the machine busy: a late response is no outage here.
const LONG_TIMEOUT: (&str, &str) = ("REDIS_TIMEOUT_MILLIS", "3000");

pub(crate) struct Shop {
    pub(crate) test_env: TestEnv,
    pub(crate) operator: App,
    users: users::App,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let users = users::App::from_env(&test_env.env_with(&[LONG_TIMEOUT]), &test_env.clock).unwrap();
        let operator = App::from_env(&test_env.env_with(&[LONG_TIMEOUT]), &test_env.clock).unwrap();
        Self { test_env, operator, users }
    }

    pub(crate) fn client(&self) -> TestClient {
        self.test_env.client(users::router(self.users.clone(), &self.test_env.http_stack()))
    }

    /// A command as `aws lambda invoke` sends it, which succeeds.
    pub(crate) async fn command(&self, command: Value) -> Value {
        operator::handle(&self.operator, command).await.unwrap()
    }

    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::new(
            Redis::new(&store_redis::Config::from_env(&self.test_env.env_with(&[LONG_TIMEOUT])).unwrap()).unwrap(),
        )
    }

    /// The token of a login that has read this role and this epoch, and opens its session now.
    pub(crate) async fn delayed_login(&self, user: UserId, role: Role, epoch: i32) -> String {
        let (id, now) = (SessionId::new(self.test_env.clock.new_uuid()), self.test_env.clock.now());
        let session = Session { user_id: user, role, name: "Late".to_owned(), epoch, guest_email: None };
        self.sessions().open(id, &session, tokens::TOKEN_LIFETIME_SECONDS, now).await.unwrap();
        self.token(user, role, id)
    }

    pub(crate) fn token(&self, user: UserId, role: Role, session: SessionId) -> String {
        let key = self.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
        tokens::Signer::new(&key).unwrap().sign(user, role, session, self.test_env.clock.now()).unwrap()
    }

    /// A direct connection to Redis.
    pub(crate) async fn redis(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.test_env.env().required("REDIS_URL").unwrap()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut db = self.test_env.connection("USERDB_URL").await;
        sqlx::query_scalar(query).fetch_one(&mut *db).await.unwrap()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        let mut db = self.test_env.connection("USERDB_URL").await;
        sqlx::query(statement).execute(&mut *db).await.unwrap();
    }
}

/// Whether this caller sees what only admins may see.
pub(crate) async fn is_admin(client: &TestClient, other: UserId) -> bool {
    client.get(&format!("/api/users/{other}")).await.status == 200
}

pub(crate) async fn sign_up(client: &TestClient, email: &str) -> TestResponse {
    let account = json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD});
    client.post("/api/users/signup", account).await.expect(201)
}

pub(crate) async fn log_in(client: &TestClient, email: &str, password: &str) -> TestResponse {
    client.post("/api/users/login", json!({"email": email, "password": password})).await
}

/// The same client, signed in.
pub(crate) fn signed_in(client: &TestClient, reply: &TestResponse) -> (TestClient, UserId) {
    let reply = reply.json();
    let id = reply["user"]["id"].as_i64().and_then(|id| i32::try_from(id).ok()).unwrap();
    (client.with_token(reply["token"].as_str().unwrap()), UserId::new(id))
}
