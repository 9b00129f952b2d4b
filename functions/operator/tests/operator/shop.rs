//! A shop of the users function and an operator.

use domain::users::Role;
use domain::{SessionId, UserId};
use operator::App;
use redis::aio::MultiplexedConnection;
use redis_store::{Redis, Session, Sessions};
use serde_json::{Value, json};
use testkit::{Bed, Client, Reply};

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Many tests that hash at once keep the machine busy: a late answer is no outage here.
const PATIENT: (&str, &str) = ("REDIS_TIMEOUT_MILLIS", "3000");

pub(crate) struct Shop {
    pub(crate) bed: Bed,
    pub(crate) operator: App,
    users: users::App,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let bed = Bed::new().await;
        let users = users::App::read(&bed.vars_with(&[PATIENT]), &bed.clock).unwrap();
        let operator = App::read(&bed.vars_with(&[PATIENT]), &bed.clock).unwrap();
        Self { bed, operator, users }
    }

    /// Nobody yet.
    pub(crate) fn client(&self) -> Client {
        self.bed.client(users::router(self.users.clone(), &self.bed.door()))
    }

    /// A command as `aws lambda invoke` sends it, that a store takes.
    pub(crate) async fn command(&self, command: Value) -> Value {
        operator::handle(&self.operator, command).await.unwrap()
    }

    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::new(Redis::new(&redis_store::Config::read(&self.bed.vars_with(&[PATIENT])).unwrap()).unwrap())
    }

    /// The token of a login that has read this role and this epoch, and opens its session now.
    pub(crate) async fn late_login(&self, user: UserId, role: Role, epoch: i32) -> String {
        let (id, now) = (SessionId::new(self.bed.clock.new_uuid()), self.bed.clock.now());
        let session = Session { user_id: user, role, name: "Late".to_owned(), epoch };
        self.sessions().open(id, &session, tokens::LIFE_SECONDS, now).await.unwrap();
        self.token(user, role, id)
    }

    pub(crate) fn token(&self, user: UserId, role: Role, session: SessionId) -> String {
        let key = self.bed.vars().required("TOKEN_SIGNING_KEY").unwrap();
        tokens::Signer::new(&key).unwrap().sign(user, role, session, self.bed.clock.now()).unwrap()
    }

    /// Redis as nobody else sees it.
    pub(crate) async fn redis(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.bed.vars().required("REDIS_URL").unwrap()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut db = self.bed.connection("USERDB_URL").await;
        sqlx::query_scalar(query).fetch_one(&mut *db).await.unwrap()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        let mut db = self.bed.connection("USERDB_URL").await;
        sqlx::query(statement).execute(&mut *db).await.unwrap();
    }
}

/// Whether this caller sees what only admins may see.
pub(crate) async fn is_admin(client: &Client, other: UserId) -> bool {
    client.get(&format!("/api/users/{other}")).await.status == 200
}

pub(crate) async fn sign_up(client: &Client, email: &str) -> Reply {
    let account = json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD});
    client.post("/api/users/signup", account).await.expect(201)
}

pub(crate) async fn log_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/api/users/login", json!({"email": email, "password": password})).await
}

/// The same client as whoever signed in.
pub(crate) fn signed_in(client: &Client, reply: &Reply) -> (Client, UserId) {
    let reply = reply.json();
    let id = reply["user"]["id"].as_i64().and_then(|id| i32::try_from(id).ok()).unwrap();
    (client.with_token(reply["token"].as_str().unwrap()), UserId::new(id))
}
