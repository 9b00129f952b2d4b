//! Creates or updates databases, roles and schemas at every deploy; safe to repeat.

use std::time::Duration;

use runtime::{ExposeSecret, SecretString, with_timeout};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use tokio::time::Instant;

use crate::grants::{self, OWNER, RETIRED_ROLES, Role};
use crate::{Error, Result, no_delay};

/// The longest wait for one connection: a new cluster, or one that scales up from zero, takes
/// seconds. A statement has no limit here, since an index on a large table takes as long as it
/// takes; the end of the invocation limits it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The pause between two attempts.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// A database and its migrations.
#[derive(Clone, Copy)]
pub struct Schema {
    /// The database's name, such as `userdb`.
    pub database: &'static str,
    migrations: &'static Migrator,
}

impl Schema {
    /// Applies new migrations. A database may have migrations that this version does not know: then
    /// a newer version was deployed before, and this deploy rolls it back. What that version added
    /// stays, since no migration removes anything that the version before it uses.
    async fn apply(&self, conn: &mut PgConnection) -> sqlx::Result<()> {
        let mut known = Migrator::with_migrations(self.migrations.iter().cloned().collect());
        known.set_ignore_missing(true).run(conn).await.map_err(|error| match error {
            MigrateError::Execute(error) => error,
            other => sqlx::Error::Configuration(Box::new(other)),
        })
    }

    /// The checksums of its migrations, in order.
    pub fn checksums(&self) -> impl Iterator<Item = &[u8]> {
        self.migrations.iter().map(|migration| migration.checksum.as_ref())
    }
}

static USERDB: Migrator = sqlx::migrate!("migrations/userdb");
static PRODUCTDB: Migrator = sqlx::migrate!("migrations/productdb");
static ORDERDB: Migrator = sqlx::migrate!("migrations/orderdb");
static INVENTORYDB: Migrator = sqlx::migrate!("migrations/inventorydb");

/// The four databases. `grants.txt` says who may do what in them.
pub const SCHEMAS: [Schema; 4] = [
    Schema { database: "userdb", migrations: &USERDB },
    Schema { database: "productdb", migrations: &PRODUCTDB },
    Schema { database: "orderdb", migrations: &ORDERDB },
    Schema { database: "inventorydb", migrations: &INVENTORYDB },
];

/// Where the databases are created, and under which names.
pub struct Plan {
    /// The URL of a role that may create databases and roles.
    pub admin_url: SecretString,
    /// Prepended to each database's name; empty except in tests, which have databases of their own.
    pub prefix: String,
    /// The admin's password, if the URL has none.
    pub admin_password: Option<SecretString>,
    pub sign_in: SignIn,
    pub retired_roles: RetiredRoles,
    /// How long an unavailable server is retried.
    pub retry_for: Duration,
}

/// What to do with the roles of the previous version ([`RETIRED_ROLES`]), if they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetiredRoles {
    /// They stay unchanged: functions of that version run until this deploy replaces them.
    Kept,
    /// They lose all privileges and cannot sign in.
    Removed,
}

/// How the roles sign in.
pub enum SignIn {
    /// With a password, the same for all.
    Password(SecretString),
    /// With IAM tokens. RDS has a role for that; other servers do not know it.
    Iam,
    Unchanged,
}

/// Creates what is missing and applies new migrations. An unavailable server (starting, scaling,
/// failing over) is retried for [`Plan::retry_for`].
///
/// # Errors
/// When the server rejects a statement; what was applied before stays, and the next run continues
/// from there.
pub async fn run(plan: &Plan) -> Result<()> {
    let until = Instant::now() + plan.retry_for;
    loop {
        match run_once(plan).await {
            Err(error) if error.is_unavailable() && Instant::now() + RETRY_PAUSE < until => {
                tracing::warn!(%error, "Postgres is not available yet: the migrations are tried again.");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn open(options: &PgConnectOptions) -> Result<PgConnection> {
    Ok(with_timeout(CONNECT_TIMEOUT, no_delay::connect(options)).await??)
}

async fn run_once(plan: &Plan) -> Result<()> {
    let admin: PgConnectOptions = plan.admin_url.expose_secret().parse()?;
    let admin = match &plan.admin_password {
        Some(password) => admin.password(password.expose_secret()),
        None => admin,
    };
    let mut server = open(&admin).await?;
    ensure_roles(&mut server, &plan.sign_in).await?;
    let retired = find_retired_roles(&mut server).await?;
    for schema in SCHEMAS {
        let database = format!("{}{}", plan.prefix, schema.database);
        ensure_database(&mut server, &database).await?;
        let mut conn = open(&admin.clone().database(&database)).await?;
        schema.apply(&mut conn).await?;
        let old = RETIRED_ROLES.iter().find(|(database, _)| *database == schema.database).map(|(_, role)| *role);
        let old = old.filter(|role| retired.iter().any(|there| there == role));
        let keeps = old.filter(|_| plan.retired_roles == RetiredRoles::Kept);
        assign_owner(&mut conn).await?;
        conn.execute(AssertSqlSafe(grants::grant_sql(schema.database, keeps))).await?;
        server.execute(AssertSqlSafe(grants::connect_sql(&database, schema.database, keeps))).await?;
        if let (Some(old), RetiredRoles::Removed) = (old, plan.retired_roles) {
            conn.execute(AssertSqlSafe(grants::retire_sql(&database, old))).await?;
        }
        conn.close().await?;
    }
    if plan.retired_roles == RetiredRoles::Removed {
        let mut tx = server.begin().await?;
        tx.execute("select pg_advisory_xact_lock(7305)").await?;
        for role in retired {
            tx.execute(AssertSqlSafe(format!("alter role {role} nologin"))).await?;
        }
        tx.commit().await?;
    }
    server.close().await.map_err(Error::from)
}

/// Gives the objects that the migrations created to their owner.
async fn assign_owner(conn: &mut PgConnection) -> sqlx::Result<()> {
    conn.execute(AssertSqlSafe(grants::owner_sql())).await?;
    let statements: Vec<String> = sqlx::query_scalar(grants::UNOWNED_OBJECTS).fetch_all(&mut *conn).await?;
    for statement in statements {
        conn.execute(AssertSqlSafe(format!("select pg_advisory_xact_lock(7306); {statement}"))).await?;
    }
    Ok(())
}

/// The [`RETIRED_ROLES`] that this server has.
async fn find_retired_roles(server: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    let names: Vec<&str> = RETIRED_ROLES.iter().map(|(_, role)| *role).collect();
    let there = sqlx::query_scalar("select rolname::text from pg_roles where rolname = any($1)").bind(names);
    there.fetch_all(server).await
}

/// Names come from [`SCHEMAS`] and from a test's prefix, never from a request.
async fn ensure_database(server: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let there = sqlx::query("select 1 from pg_database where datname = $1").bind(name);
    if there.fetch_optional(&mut *server).await?.is_some() {
        return Ok(());
    }
    match server.execute(AssertSqlSafe(format!(r#"create database "{name}""#))).await {
        // Another migration created it a moment ago.
        Err(error) if error.as_database_error().is_some_and(|e| already_exists(e.code().as_deref())) => Ok(()),
        made => made.map(drop),
    }
}

/// `duplicate_database`, and the error of two that are created at the same moment.
fn already_exists(code: Option<&str>) -> bool {
    matches!(code, Some("42P04" | "23505"))
}

/// Creates the owner of the schemas, and a role for every function.
async fn ensure_roles(server: &mut PgConnection, sign_in: &SignIn) -> sqlx::Result<()> {
    // Two concurrent migrations must not both create a role: the lock ends with the transaction.
    let mut tx = server.begin().await?;
    tx.execute("select pg_advisory_xact_lock(7305)").await?;
    let known: Vec<String> = sqlx::query_scalar("select rolname::text from pg_roles").fetch_all(&mut *tx).await?;
    let is_new = |role: &str| !known.iter().any(|known| known == role);
    if is_new(OWNER) {
        tx.execute(AssertSqlSafe(format!("create role {OWNER} nologin"))).await?;
    }
    let how = match sign_in {
        SignIn::Password(password) => {
            let quoted = sqlx::query("select quote_literal($1)").bind(password.expose_secret());
            let quoted: String = quoted.fetch_one(&mut *tx).await?.try_get(0)?;
            format!("alter role $role password {quoted};")
        }
        SignIn::Iam => "grant rds_iam to $role;".to_owned(),
        SignIn::Unchanged => String::new(),
    };
    for role in Role::ALL.map(Role::name) {
        let create = if is_new(role) { format!("create role {role} login;") } else { String::new() };
        let how = how.replace("$role", role);
        let plans = if role == Role::PRODUCTS.name() { "force_custom_plan" } else { "force_generic_plan" };
        let settings = ROLE_SETTINGS.replace("$role", role).replace("$plans", plans);
        tx.execute(AssertSqlSafe(format!("{create}{how}{settings}"))).await?;
    }
    tx.commit().await
}

/// Settings belong to the role: setting them in a session would pin a proxy's connection. A
/// statement is planned once per connection, except where the catalog's filters decide which index
/// is useful (decision 92).
const ROLE_SETTINGS: &str = "
    alter role $role set statement_timeout = '2s';
    alter role $role set lock_timeout = '1500ms';
    alter role $role set idle_in_transaction_session_timeout = '10s';
    alter role $role set plan_cache_mode = $plans;";

#[cfg(test)]
mod tests {
    use super::*;

    /// Two branches that each add the next migration conflict here, and not in a database.
    #[test]
    fn each_migration_of_a_database_has_a_number_of_its_own() {
        for schema in SCHEMAS {
            let numbers: Vec<i64> = schema.migrations.iter().map(|migration| migration.version).collect();
            let database = schema.database;
            assert!(numbers.is_sorted_by(|one, next| one < next), "{database}: {numbers:?}");
        }
    }
}
