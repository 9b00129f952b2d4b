//! Databases, roles and schemas: made or brought up to date at every deploy, safe to repeat.

use std::time::Duration;

use runtime::{ExposeSecret, SecretString, with_timeout};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use tokio::time::Instant;

use crate::grants::{self, OWNER, RETIRED_ROLES, Role};
use crate::{Error, Result, no_delay};

/// The longest wait for one connection: a cluster that was just made, or that scales up from
/// nothing, takes seconds. A statement has no limit here, since an index on a large table takes
/// as long as it takes; the invocation ends it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two attempts.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// A database of the seed's and its migrations.
#[derive(Clone, Copy)]
pub struct Schema {
    /// `userdb`.
    pub database: &'static str,
    migrations: &'static Migrator,
}

impl Schema {
    /// Applies what is new. A database may know migrations that this version does not: then a newer
    /// version was deployed before, and this deploy goes back from it. What that version added
    /// stays, since no migration takes anything from the version before it.
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

/// The four databases. Who may do what in them is said in `grants.txt`.
pub const SCHEMAS: [Schema; 4] = [
    Schema { database: "userdb", migrations: &USERDB },
    Schema { database: "productdb", migrations: &PRODUCTDB },
    Schema { database: "orderdb", migrations: &ORDERDB },
    Schema { database: "inventorydb", migrations: &INVENTORYDB },
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
    pub sign_in: SignIn,
    /// What becomes of the roles of the version before.
    pub retired_roles: RetiredRoles,
    /// For so long a server that is unavailable is asked again.
    pub retry_for: Duration,
}

/// The roles of the version before ([`RETIRED`]), where there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetiredRoles {
    /// They go on as they were: functions of that version run until this deploy replaces them.
    Kept,
    /// They may do nothing and cannot sign in.
    Removed,
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

/// Makes what is missing and applies what is new. A server that is unavailable (starting, scaling,
/// failing over) is asked again until the plan's patience ends.
///
/// # Errors
/// When the server refuses; what was applied before stays, and the next run goes on from there.
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

/// Gives what the migrations have made to its owner.
async fn assign_owner(conn: &mut PgConnection) -> sqlx::Result<()> {
    conn.execute(AssertSqlSafe(grants::owner_sql())).await?;
    let statements: Vec<String> = sqlx::query_scalar(grants::UNOWNED_OBJECTS).fetch_all(&mut *conn).await?;
    for statement in statements {
        conn.execute(AssertSqlSafe(format!("select pg_advisory_xact_lock(7306); {statement}"))).await?;
    }
    Ok(())
}

/// Those of [`RETIRED`] that this server has.
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
        // By another migration, a moment ago.
        Err(error) if error.as_database_error().is_some_and(|e| already_exists(e.code().as_deref())) => Ok(()),
        made => made.map(drop),
    }
}

/// `duplicate_database`, and what two that are made at the same moment come to.
fn already_exists(code: Option<&str>) -> bool {
    matches!(code, Some("42P04" | "23505"))
}

/// The owner of the schemas, and a role for every function.
async fn ensure_roles(server: &mut PgConnection, sign_in: &SignIn) -> sqlx::Result<()> {
    // Two migrations at once must not both make a role: the lock ends with the transaction.
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
        tx.execute(AssertSqlSafe(format!("{create}{how}{}", ROLE_LIMITS.replace("$role", role)))).await?;
    }
    tx.commit().await
}

/// Limits belong to the role: setting them in a session would pin a proxy's connection. Custom
/// plans, since the catalogue's filters decide which index serves.
const ROLE_LIMITS: &str = "
    alter role $role set statement_timeout = '2s';
    alter role $role set lock_timeout = '1500ms';
    alter role $role set idle_in_transaction_session_timeout = '10s';
    alter role $role set plan_cache_mode = force_custom_plan;";

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
