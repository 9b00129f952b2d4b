//! A set of migrated databases for one run, on the server that `local stores` started.

use std::time::Duration;

use anyhow::Result;
use domain::{Cursor, DecodedCursor};
use runtime::{Env, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use store_postgres::migrate::{Plan, RetiredRoles, SCHEMAS, SignIn};
use store_postgres::{Config, Database, Role};

const PASSWORD: &str = "growth-role-password";
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) struct Scratch {
    admin: PgConnectOptions,
    prefix: String,
}

impl Scratch {
    pub(super) async fn create(env: &Env, size: u32) -> Result<Self> {
        let admin_url = env.required("SHOP_POSTGRES_URL")?;
        let prefix = format!("growth{}_{size}_", std::process::id());
        let plan = Plan {
            admin_url: SecretString::from(admin_url.clone()),
            prefix: prefix.clone(),
            admin_password: None,
            sign_in: SignIn::Password(SecretString::from(PASSWORD.to_owned())),
            retired_roles: RetiredRoles::Kept,
            retry_for: MIGRATION_TIMEOUT,
        };
        store_postgres::migrate::run(&plan).await?;
        Ok(Self { admin: admin_url.parse()?, prefix })
    }

    /// A database as a function sees it, with its role's limits.
    pub(super) fn database(&self, name: &str, role: Role) -> Database {
        let options = self.admin.clone().username(role.name()).password(PASSWORD);
        Database::new(Config::new(options.database(&format!("{}{name}", self.prefix)).to_url_lossy(), 1))
    }

    /// A database as its administrator sees it, without limits.
    pub(super) async fn admin(&self, name: &str) -> Result<PgConnection> {
        let options = self.admin.clone().database(&format!("{}{name}", self.prefix));
        Ok(PgConnection::connect_with(&options).await?)
    }

    pub(super) async fn remove(self) -> Result<()> {
        let mut server = PgConnection::connect_with(&self.admin).await?;
        for schema in SCHEMAS {
            let drop = format!(r#"drop database "{}{}" with (force)"#, self.prefix, schema.database);
            server.execute(AssertSqlSafe(drop)).await?;
        }
        Ok(())
    }
}

/// The key in a cursor, as a request's query is read.
pub(super) fn decode<K: Serialize + DeserializeOwned>(cursor: &Cursor) -> Result<DecodedCursor<K>> {
    Ok(serde_json::from_value(cursor.as_str().into())?)
}
