//! Databases, roles and schemas: made or brought up to date at every deploy, safe to repeat.

use runtime::{ExposeSecret, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

/// A database of the seed's, its migrations and the role that may use it.
#[derive(Clone, Copy)]
pub struct Schema {
    /// `userdb`.
    pub database: &'static str,
    /// `users`: may read and write rows, nothing else.
    pub role: &'static str,
    migrations: &'static Migrator,
}

impl Schema {
    /// The checksums of its migrations, in order.
    pub fn checksums(&self) -> impl Iterator<Item = &[u8]> {
        self.migrations.iter().map(|migration| migration.checksum.as_ref())
    }
}

static USERDB: Migrator = sqlx::migrate!("migrations/userdb");
static PRODUCTDB: Migrator = sqlx::migrate!("migrations/productdb");
static ORDERDB: Migrator = sqlx::migrate!("migrations/orderdb");
static INVENTORYDB: Migrator = sqlx::migrate!("migrations/inventorydb");

/// The four databases, one role each.
pub const SCHEMAS: [Schema; 4] = [
    Schema { database: "userdb", role: "users", migrations: &USERDB },
    Schema { database: "productdb", role: "products", migrations: &PRODUCTDB },
    Schema { database: "orderdb", role: "orders", migrations: &ORDERDB },
    Schema { database: "inventorydb", role: "inventory", migrations: &INVENTORYDB },
];

/// Where the databases are made, and under which names.
pub struct Plan {
    /// A URL of a role that may create databases and roles.
    pub admin_url: SecretString,
    /// Put before each database's name; empty but in tests, which have a set of their own.
    pub prefix: String,
    /// The admin's password, where the URL has none.
    pub admin_password: Option<SecretString>,
    /// How the roles sign in.
    pub roles: SignIn,
}

/// How the roles sign in.
pub enum SignIn {
    /// By a password, the same for all.
    Password(SecretString),
    /// By IAM's tokens. RDS has a role that says so; other servers know nothing of it.
    Iam,
    /// As it is.
    Unchanged,
}

/// Makes what is missing and applies what is new.
///
/// # Errors
/// When the server refuses; what was applied before stays, and the next run goes on from there.
pub async fn run(plan: &Plan) -> Result<(), sqlx::Error> {
    let admin: PgConnectOptions = plan.admin_url.expose_secret().parse()?;
    let admin = match &plan.admin_password {
        Some(password) => admin.password(password.expose_secret()),
        None => admin,
    };
    let mut server = PgConnection::connect_with(&admin).await?;
    for schema in SCHEMAS {
        ensure_role(&mut server, schema.role, &plan.roles).await?;
        let database = format!("{}{}", plan.prefix, schema.database);
        ensure_database(&mut server, &database).await?;
        let mut conn = PgConnection::connect_with(&admin.clone().database(&database)).await?;
        schema.migrations.run(&mut conn).await.map_err(|e| sqlx::Error::Configuration(Box::new(e)))?;
        conn.execute(AssertSqlSafe(grants(schema.role))).await?;
        conn.close().await?;
    }
    server.close().await
}

/// Names come from [`SCHEMAS`] and from a test's prefix, never from a request.
async fn ensure_database(server: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let there = sqlx::query("select 1 from pg_database where datname = $1").bind(name);
    if there.fetch_optional(&mut *server).await?.is_some() {
        return Ok(());
    }
    match server.execute(AssertSqlSafe(format!(r#"create database "{name}""#))).await {
        // By another migration, a moment ago.
        Err(error) if error.as_database_error().is_some_and(|e| is_there(e.code().as_deref())) => Ok(()),
        made => made.map(drop),
    }
}

/// `duplicate_database`, and what two that are made at the same moment come to.
fn is_there(code: Option<&str>) -> bool {
    matches!(code, Some("42P04" | "23505"))
}

async fn ensure_role(server: &mut PgConnection, role: &str, sign_in: &SignIn) -> Result<(), sqlx::Error> {
    // Two migrations at once must not both make the role: the lock ends with the transaction.
    let mut tx = server.begin().await?;
    tx.execute("select pg_advisory_xact_lock(7305)").await?;
    let there = sqlx::query("select 1 from pg_roles where rolname = $1").bind(role);
    if there.fetch_optional(&mut *tx).await?.is_none() {
        tx.execute(AssertSqlSafe(format!("create role {role} login"))).await?;
    }
    match sign_in {
        SignIn::Password(password) => {
            let quoted = sqlx::query("select quote_literal($1)").bind(password.expose_secret());
            let quoted: String = quoted.fetch_one(&mut *tx).await?.try_get(0)?;
            tx.execute(AssertSqlSafe(format!("alter role {role} password {quoted}"))).await?;
        }
        SignIn::Iam => {
            tx.execute(AssertSqlSafe(format!("grant rds_iam to {role}"))).await?;
        }
        SignIn::Unchanged => {}
    }
    // Limits belong to the role: setting them in a session would pin a proxy's connection.
    // Custom plans, since the catalogue's filters decide which index serves.
    for setting in [
        "statement_timeout = '2s'",
        "lock_timeout = '1500ms'",
        "idle_in_transaction_session_timeout = '10s'",
        "plan_cache_mode = force_custom_plan",
    ] {
        tx.execute(AssertSqlSafe(format!("alter role {role} set {setting}"))).await?;
    }
    tx.commit().await
}

fn grants(role: &str) -> String {
    // One transaction, whose lock keeps a second migration from changing the same rows of the
    // catalogue: PostgreSQL would refuse that.
    format!(
        "select pg_advisory_xact_lock(7306);
         revoke create on schema public from public;
         grant usage on schema public to {role};
         grant select, insert, update, delete on all tables in schema public to {role};
         grant usage, select on all sequences in schema public to {role};
         revoke all on _sqlx_migrations from {role};"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two branches that each add the next one meet here, and not in a database.
    #[test]
    fn each_migration_of_a_database_has_a_number_of_its_own() {
        for schema in SCHEMAS {
            let numbers: Vec<i64> = schema.migrations.iter().map(|migration| migration.version).collect();
            let database = schema.database;
            assert!(numbers.is_sorted_by(|one, next| one < next), "{database}: {numbers:?}");
        }
    }
}
