//! A shop of one test's own on the server that the environment names.

use std::time::Duration;

use runtime::{Clock, Env};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

const REMAINING_TIME: Duration = Duration::from_secs(60);
pub(crate) const DATABASES: [&str; 4] = ["userdb", "productdb", "orderdb", "inventorydb"];

pub(crate) struct TestServer {
    pub(crate) env: Env,
    pub(crate) admin: PgConnectOptions,
    pub(crate) prefix: String,
}

impl TestServer {
    pub(crate) fn not_deployed() -> Self {
        let prefix = format!("g{:x}_", Clock::system().random() as u64);
        let of = |name: &str| Env::from_env().required(name).expect("run tests through `make test`");
        let env = [
            ("POSTGRES_ADMIN_URL", of("SHOP_POSTGRES_URL")),
            ("DATABASE_PREFIX", prefix.clone()),
            ("MONGODB_URL", of("SHOP_MONGODB_URL")),
            ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
            ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
        ];
        Self { env: env.into_iter().collect(), admin: of("SHOP_POSTGRES_URL").parse().unwrap(), prefix }
    }

    /// As a deploy creates it, with the roles of the previous version left unchanged.
    pub(crate) async fn deployed() -> Self {
        let shop = Self::not_deployed();
        shop.deploy("keep").await;
        shop
    }

    pub(crate) async fn deploy(&self, old_roles: &str) {
        let env = self.env.clone().with_overrides([("OLD_DATABASE_ROLES", old_roles)]);
        migrations::handle(&env, json!({}), REMAINING_TIME).await.unwrap();
    }

    pub(crate) fn options(&self, database: &str) -> PgConnectOptions {
        self.admin.clone().database(&format!("{}{database}", self.prefix))
    }

    /// The server itself, as its administrator.
    pub(crate) async fn open_server(&self) -> PgConnection {
        PgConnection::connect_with(&self.admin).await.unwrap()
    }

    /// Connects as the administrator, who passes every grant.
    pub(crate) async fn open(&self, database: &str) -> PgConnection {
        PgConnection::connect_with(&self.options(database)).await.unwrap()
    }
}

/// Runs a statement as a role and rolls it back: returns the error code of a rejection.
pub(crate) async fn try_as_role(conn: &mut PgConnection, role: &str, statement: &str) -> Result<(), String> {
    let mut tx = conn.begin().await.unwrap();
    tx.execute(AssertSqlSafe(format!("set local role {role}"))).await.unwrap();
    let tried = tx.execute(AssertSqlSafe(statement.to_owned())).await;
    tx.rollback().await.unwrap();
    tried.map(drop).map_err(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
}
