//! The environment of one test: databases, prefixes, keys, a clock.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use api_client::SignedIn;
use axum::Router;
use domain::users::Role;
use domain::{SessionId, UserId};
use runtime::{Clock, Env};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use store_dynamo::Dynamo;
use store_postgres::{Conn, Database};
use store_redis::{Redis, Session, Sessions};
use tokens::links::Links;
use tokens::{KeySet, Signer};
use web::{Authenticator, HttpStack};

use crate::{TestClient, databases};

/// The `LIMITS` of tests that are not about limits.
pub const RAISED_LIMITS: &str = "x1000";

/// How often a connection to a slow database is attempted.
const CONNECTION_ATTEMPTS: usize = 10;

/// Everything that one test needs and no other test sees.
pub struct TestEnv {
    /// The machine's clock; tests pass it to the functions that they build.
    pub clock: Clock,
    /// The prefix of every name of this test: databases, keys, tables, queues.
    pub prefix: String,
    env_vars: Vec<(String, String)>,
    signer: Signer,
    sessions: Sessions,
    /// Kept open: a test may have many customers, products and queries.
    databases: Mutex<HashMap<String, Database>>,
}

#[derive(Clone, Debug)]
pub struct TestUser {
    /// The id of their row in userdb.
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub token: String,
    /// The session of the token.
    pub session: SessionId,
}

impl SignedIn for TestUser {
    fn bearer_token(&self) -> &str {
        &self.token
    }
}

impl Drop for TestEnv {
    fn drop(&mut self) {
        databases::mark_unused(&self.prefix);
    }
}

impl TestEnv {
    /// A new environment on the stores that the environment variables name.
    ///
    /// # Panics
    /// When the stores are not available: run tests through `make test`, or `local stores -- cargo
    /// test`.
    pub async fn new() -> Self {
        let env = Env::from_env();
        let url = |name: &str| {
            env.required(name)
                .unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `local stores -- cargo test`"))
        };
        let clock = Clock::system();
        let prefix = format!("t{:x}_", clock.random() as u64);
        let (private, public) = tokens::generate_key_pair().expect("a signing key");
        let set = |name: &str, value: String| (name.to_owned(), value);
        let tables = Dynamo::new(store_dynamo::Config::from_env(&env).expect("nothing is required"));
        let queues = queue::Queues::new(queue::Config::from_env(&env, &[]).expect("no queue is needed yet"));
        let (tables, queues) = (tables.client().await, queues.client().await);
        let server = url("SHOP_POSTGRES_URL");
        let (mut variables, tabled, queued) = tokio::join!(
            databases::create_databases(&server, &prefix),
            store_dynamo::provision::create_tables(tables, &prefix),
            queue::provision::create_queues(queues, &prefix),
        );
        tabled.expect("tables can be created");
        let made = queued.expect("queues can be created");
        let keys = serde_json::to_string(&KeySet { keys: vec![public] }).expect("keys are JSON");
        variables.extend([
            set("REDIS_URL", url("SHOP_REDIS_URL")),
            set("REDIS_PREFIX", prefix.clone()),
            // Tests share two cores with their compiler: a slow store is not an unavailable one.
            set("REDIS_TIMEOUT_MILLIS", "1000".to_owned()),
            set("MONGODB_URL", url("SHOP_MONGODB_URL")),
            set("REVIEWDB_NAME", format!("{prefix}reviewdb")),
            set("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
            set("TOKEN_SIGNING_KEY", private.clone()),
            set("TOKEN_KEYS", keys),
            set("LINK_KEY", format!("{prefix}{:032x}", clock.random())),
            set("ALLOWED_ORIGINS", "localhost".to_owned()),
            // No client has an address here, so all requests of a test count for one address.
            set("LIMITS", RAISED_LIMITS.to_owned()),
        ]);
        // What Lambda sets for every function.
        let aws = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        variables.extend(aws.into_iter().filter_map(|name| Some(set(name, env.optional(name)?))));
        variables.extend(store_dynamo::provision::tables(&prefix).map(|(variable, table)| set(variable, table)));
        variables.extend(made.iter().map(|queue| (queue.url_variable(), queue.url.clone())));
        variables.extend(
            made.iter().map(|queue| (format!("{}_DEAD_LETTERS", queue.url_variable()), queue.dead_letter_url.clone())),
        );
        let own: Env = variables.iter().cloned().collect();
        let mongo = store_mongo::Mongo::new(store_mongo::Config::from_env(&own).expect("MONGODB_URL is set"), &clock);
        store_mongo::migrate::run(&mongo, databases::MIGRATION_TIMEOUT)
            .await
            .expect("collections and indexes can be created");
        let redis = Redis::new(&store_redis::Config::from_env(&own).expect("REDIS_URL is set")).expect("a Redis URL");
        let signer = Signer::new(&private).expect("a signing key");
        Self { clock, prefix, env_vars: variables, signer, sessions: Sessions::new(redis), databases: Mutex::default() }
    }

    /// The configuration for a function of this test.
    pub fn env(&self) -> Env {
        self.env_vars.iter().cloned().collect()
    }

    /// The same as a list, for a function that runs in a process of its own.
    pub fn env_vars(&self) -> &[(String, String)] {
        &self.env_vars
    }

    /// The same with some variables changed, for example for a store that is elsewhere or
    /// unavailable.
    pub fn env_with(&self, changed: &[(&str, &str)]) -> Env {
        let changed = changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.env_vars.iter().cloned().chain(changed).collect()
    }

    /// A database of this test, as the server's administrator: tests read and insert what no
    /// function may. `test_env.database("ORDERDB_URL")`.
    pub fn database(&self, variable: &str) -> Database {
        // Enough for a test that holds one connection and queries through another.
        let open = || Database::new(store_postgres::Config::new(self.admin_url(variable), 8));
        let mut databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        databases.entry(variable.to_owned()).or_insert_with(open).clone()
    }

    /// The URL of a database of this test for the server's administrator.
    fn admin_url(&self, variable: &str) -> String {
        let own: PgConnectOptions =
            self.env().required(variable).expect("a database of this test's").parse().expect("a URL");
        let admin = Env::from_env().required("SHOP_POSTGRES_URL").expect("the test server");
        let admin: PgConnectOptions = admin.parse().expect("SHOP_POSTGRES_URL is a URL");
        admin.database(own.get_database().expect("the URL names its database")).to_url_lossy().to_string()
    }

    /// A connection to a database of this test, as [`TestEnv::database`]. Tests share two cores
    /// with their compiler: a slow server is retried.
    ///
    /// # Panics
    /// After ten failed attempts.
    pub async fn connection(&self, variable: &str) -> Conn {
        let database = self.database(variable);
        for _ in 1..CONNECTION_ATTEMPTS {
            if let Ok(conn) = database.acquire().await {
                return conn;
            }
        }
        database.acquire().await.unwrap_or_else(|error| panic!("{variable}: {error}"))
    }

    /// The middleware as functions build it.
    pub fn http_stack(&self) -> HttpStack {
        HttpStack::from_env(&self.env(), self.clock.clone()).expect("origins are set")
    }

    /// The authenticator as functions build it.
    pub fn authenticator(&self) -> Authenticator {
        Authenticator::from_env(&self.env(), self.sessions.clone(), self.clock.clone()).expect("keys are set")
    }

    /// An anonymous client; `client.as_user(&user)` is signed in.
    pub fn client(&self, router: Router) -> TestClient {
        TestClient::for_router(router)
    }

    /// A new customer with a row in userdb and an open session.
    pub async fn customer(&self) -> TestUser {
        self.user(Role::Customer).await
    }

    /// A new admin with a row in userdb and an open session.
    pub async fn admin(&self) -> TestUser {
        self.user(Role::Admin).await
    }

    /// A new guest with a row in userdb and an open session.
    pub async fn guest(&self) -> TestUser {
        self.user(Role::Guest).await
    }

    /// The token of a link that is mailed to this user now, and verifies their address.
    pub fn verification_token(&self, user: &TestUser) -> String {
        let key = self.env().required("LINK_KEY").expect("a key of links");
        let (links, email) =
            (Links::new(&key).expect("a long key"), user.email.clone().try_into().expect("an address"));
        links.verification_token(user.id, &email, self.clock.now())
    }

    async fn user(&self, role: Role) -> TestUser {
        let nonce = self.clock.random() as u32;
        let (name, email) = (format!("{} {nonce:x}", role.as_str()), format!("{nonce:x}@test.example"));
        let mut db = self.connection("USERDB_URL").await;
        let insert = match role {
            Role::Guest => "insert into guests (name, email, created_at) values ($1, $2, now()) returning id",
            _ => {
                "insert into users (name, email, password_hash, role, created_at, updated_at)
                 values ($1, $2, 'none', $3, now(), now()) returning id"
            }
        };
        let insert = sqlx::query_scalar(insert).bind(&name).bind(&email);
        let insert = if role == Role::Guest { insert } else { insert.bind(role.as_str()) };
        let id = UserId::new(insert.fetch_one(&mut *db).await.expect("a user can be added"));
        let session = SessionId::new(self.clock.new_uuid());
        let token = self.signer.sign(id, role, session, self.clock.now()).expect("a token");
        let guest_email = (role == Role::Guest).then(|| email.clone().try_into().expect("an address"));
        let login = Session { user_id: id, role, name: name.clone(), epoch: 0, guest_email };
        let opened = self.sessions.open(session, &login, tokens::TOKEN_LIFETIME_SECONDS, self.clock.now());
        opened.await.expect("Redis responds");
        TestUser { id, name, email, token, session }
    }
}
