//! Postgres databases for one test: copied from a template, which is much faster than migrating.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use runtime::SecretString;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use store_postgres::grants;
use store_postgres::migrate::{Plan, RetiredRoles, SCHEMAS, SignIn};
use tokio::sync::OnceCell;

/// How long a busy test server is retried.
pub(crate) const MIGRATION_TIMEOUT: Duration = Duration::from_secs(20);
/// The roles' password on the test server.
const PASSWORD: &str = "test-role-password";

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// Database sets whose tests have ended: the next test of this process drops them, so that a long
/// run does not fill the disk.
static UNUSED_PREFIXES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Marks the set with this prefix as no longer used.
pub(crate) fn mark_unused(prefix: &str) {
    UNUSED_PREFIXES.lock().unwrap_or_else(PoisonError::into_inner).push(prefix.to_owned());
}

/// `USERDB_URL` and so on for a new set whose names begin with `prefix`. They contain no user: each
/// function signs in with its own role, and all roles have one password here.
pub(crate) async fn create_databases(admin_url: &str, prefix: &str) -> Vec<(String, String)> {
    let template = TEMPLATE.get_or_init(|| migrate_template(admin_url)).await;
    let admin: PgConnectOptions = admin_url.parse().expect("SHOP_POSTGRES_URL is a URL");
    let mut server = PgConnection::connect_with(&admin).await.expect("the test server responds");
    let ended = std::mem::take(&mut *UNUSED_PREFIXES.lock().unwrap_or_else(PoisonError::into_inner));
    for (prefix, schema) in ended.iter().flat_map(|prefix| SCHEMAS.map(|schema| (prefix, schema))) {
        let gone = format!(r#"drop database if exists "{prefix}{}" with (force)"#, schema.database);
        server.execute(AssertSqlSafe(gone)).await.expect("a database can be dropped");
    }
    let mut variables = Vec::new();
    for schema in SCHEMAS {
        let name = format!("{prefix}{}", schema.database);
        let copy = format!(r#"create database "{name}" template "{template}{}""#, schema.database);
        server.execute(AssertSqlSafe(copy)).await.expect("a database can be copied");
        let url = admin.clone().username("").password(PASSWORD).database(&name).to_url_lossy();
        variables.push((format!("{}_URL", schema.database.to_uppercase()), url.to_string()));
    }
    variables
}

/// Migrates a template set, once for all test processes: its name is a digest of the migrations and
/// of what they grant.
async fn migrate_template(admin_url: &str) -> String {
    let mut sum: u32 = 0;
    for migration in SCHEMAS.iter().flat_map(|schema| schema.checksums()) {
        sum = migration.iter().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    }
    sum = grants::TABLE.bytes().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let prefix = format!("template_{sum:08x}_");
    let options: PgConnectOptions = admin_url.parse().expect("SHOP_POSTGRES_URL is a URL");
    let mut server = PgConnection::connect_with(&options).await.expect("the test server responds");
    // Test processes run in parallel: one migrates, the others wait. The lock ends with the
    // connection.
    server.execute("select pg_advisory_lock(7306)").await.expect("a lock");
    let plan = Plan {
        admin_url: SecretString::from(admin_url.to_owned()),
        prefix: prefix.clone(),
        admin_password: None,
        sign_in: SignIn::Password(SecretString::from(PASSWORD.to_owned())),
        // A test of its own checks what happens to them.
        retired_roles: RetiredRoles::Kept,
        retry_for: MIGRATION_TIMEOUT,
    };
    store_postgres::migrate::run(&plan).await.expect("the migrations apply");
    server.close().await.expect("closed");
    prefix
}
