//! A shop of one test's own on the server that the environment names.

use std::time::Duration;

use runtime::{Clock, Vars};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

const LEFT: Duration = Duration::from_secs(60);
pub(crate) const DATABASES: [&str; 4] = ["userdb", "productdb", "orderdb", "inventorydb"];

pub(crate) struct Shop {
    pub(crate) vars: Vars,
    pub(crate) admin: PgConnectOptions,
    pub(crate) prefix: String,
}

impl Shop {
    pub(crate) fn unmade() -> Self {
        let prefix = format!("g{:x}_", Clock::system().random() as u64);
        let of = |name: &str| Vars::from_env().required(name).expect("run tests through `make test`");
        let vars = [
            ("POSTGRES_ADMIN_URL", of("SHOP_POSTGRES_URL")),
            ("DATABASE_PREFIX", prefix.clone()),
            ("MONGODB_URL", of("SHOP_MONGODB_URL")),
            ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
            ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
        ];
        Self { vars: vars.into_iter().collect(), admin: of("SHOP_POSTGRES_URL").parse().unwrap(), prefix }
    }

    /// As a deploy makes it, with the roles of the version before left alone.
    pub(crate) async fn made() -> Self {
        let shop = Self::unmade();
        shop.deploy("keep").await;
        shop
    }

    pub(crate) async fn deploy(&self, old_roles: &str) {
        let vars = self.vars.clone().with([("OLD_DATABASE_ROLES", old_roles)]);
        migrations::handle(&vars, json!({}), LEFT).await.unwrap();
    }

    pub(crate) fn at(&self, database: &str) -> PgConnectOptions {
        self.admin.clone().database(&format!("{}{database}", self.prefix))
    }

    /// The server itself, as its administrator.
    pub(crate) async fn open_server(&self) -> PgConnection {
        PgConnection::connect_with(&self.admin).await.unwrap()
    }

    /// As the administrator.
    pub(crate) async fn open(&self, database: &str) -> PgConnection {
        PgConnection::connect_with(&self.at(database)).await.unwrap()
    }
}

/// Runs a statement as a role and takes it back: the code that refused it.
pub(crate) async fn tried(conn: &mut PgConnection, role: &str, statement: &str) -> Result<(), String> {
    let mut tx = conn.begin().await.unwrap();
    tx.execute(AssertSqlSafe(format!("set local role {role}"))).await.unwrap();
    let tried = tx.execute(AssertSqlSafe(statement.to_owned())).await;
    tx.rollback().await.unwrap();
    tried.map(drop).map_err(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
}
