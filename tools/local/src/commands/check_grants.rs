//! `local check-grants`: compares the privileges that a suite's statements needed with the grants of the
//! functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use runtime::{Env, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::Role;
use store_postgres::grants::{self, Grant};
use store_postgres::migrate::{self, Plan, RetiredRoles, SCHEMAS, SignIn};

use super::statement_log;
use crate::terminal;

/// The prefix of the databases in which statements are explained.
const PREFIX: &str = "grants_";
/// PostgreSQL's `insufficient_privilege`: a grant is missing.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Compare the functions' grants in PostgreSQL with what their statements need.
///
/// Reads a log of `local stores --log-statements-over 0` and uses PostgreSQL itself, in empty databases
/// on the server of SHOP_POSTGRES_URL: it explains every statement as the role that sent it, once
/// with all grants of shared/store-postgres/grants.txt, where none may be denied, and once without
/// each single privilege, where one must be. A privilege that no statement needs is a failure.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// PostgreSQL's log
    log: PathBuf,
    /// Only this role, for a log of a part of the suite; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

/// The statements of each role in each database.
type StatementsByRole = BTreeMap<(Role, &'static str), BTreeSet<String>>;

/// # Errors
/// A log without statements, or an unavailable server.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let roles = selected_roles(&args.roles)?;
    let mut texts = StatementsByRole::new();
    let count = statement_log::for_each_statement(&args.log, |sent| {
        if roles.contains(&sent.role) && is_explainable(sent.text) {
            texts.entry((sent.role, sent.database)).or_default().insert(sent.text.to_owned());
        }
    })?;
    let mut checker = GrantChecker::open().await?;
    let mut found = Vec::new();
    for ((role, database), texts) in &texts {
        found.extend(checker.missing_privileges(*role, database, texts).await?);
    }
    let none = BTreeSet::new();
    let mut privileges = 0;
    for grant in grants::all().iter().filter(|grant| roles.contains(&grant.role)) {
        privileges += grant.privileges.len();
        found
            .extend(checker.unused_privileges(grant, texts.get(&(grant.role, grant.database)).unwrap_or(&none)).await?);
    }
    checker.close().await?;
    found.iter().for_each(terminal::print_line);
    if !found.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let different: usize = texts.values().map(BTreeSet::len).sum();
    terminal::print_line(format!(
        "{privileges} privileges of {} roles are what {different} different statements need, of {count} sent.",
        roles.len()
    ));
    Ok(ExitCode::SUCCESS)
}

fn selected_roles(names: &[String]) -> anyhow::Result<Vec<Role>> {
    if names.is_empty() {
        return Ok(Role::ALL.to_vec());
    }
    names.iter().map(|name| Role::from_name(name).with_context(|| format!("{name} is no role"))).collect()
}

/// Everything except statements that begin or end a transaction.
fn is_explainable(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    ["select", "insert", "update", "delete", "with"].contains(&first.as_str())
}

/// Empty databases, and a connection to each.
struct GrantChecker {
    databases: BTreeMap<&'static str, PgConnection>,
}

impl GrantChecker {
    async fn open() -> anyhow::Result<Self> {
        let url = Env::from_env()
            .required("SHOP_POSTGRES_URL")
            .context("run it as `local stores -- local check-grants …`")?;
        let plan = Plan {
            admin_url: SecretString::from(url.clone()),
            prefix: PREFIX.to_owned(),
            admin_password: None,
            sign_in: SignIn::Unchanged,
            retired_roles: RetiredRoles::Kept,
            retry_for: Duration::ZERO,
        };
        migrate::run(&plan).await?;
        let mut databases = BTreeMap::new();
        for schema in SCHEMAS {
            let options: PgConnectOptions = url.parse()?;
            let options = options.database(&format!("{PREFIX}{}", schema.database));
            databases.insert(schema.database, PgConnection::connect_with(&options).await?);
        }
        Ok(Self { databases })
    }

    /// Statements that their role may not run, or that cannot be explained.
    async fn missing_privileges(
        &mut self,
        role: Role,
        database: &str,
        texts: &BTreeSet<String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for text in texts {
            if let Some(error) = self.explain_as(role, database, None, [text]).await? {
                found.push(format!("{} in {database}: {error}: {}", role.name(), shorten(text)));
            }
        }
        Ok(found)
    }

    /// Privileges of a line that no statement needs.
    async fn unused_privileges(&mut self, grant: &Grant, texts: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
        let name = grant.object.split(' ').next_back().unwrap_or_default();
        let touching: Vec<&String> = texts.iter().filter(|text| text.contains(name)).collect();
        let mut found = Vec::new();
        let mut needed = 0;
        for privilege in &grant.privileges {
            let revoke = &grant.statements(privilege)[1];
            let denied = self.explain_as(grant.role, grant.database, Some(revoke), touching.iter().copied()).await?;
            match denied {
                Some(error) if error.starts_with(INSUFFICIENT_PRIVILEGE) => needed += 1,
                Some(error) => bail!("{revoke}: {error}"),
                None if grant.untested_reason.is_some() => {}
                None => found.push(format!(
                    "{}: no statement needs {privilege} on {} in {}",
                    grant.role.name(),
                    grant.object,
                    grant.database
                )),
            }
        }
        if grant.untested_reason.is_some() && needed == grant.privileges.len() {
            found
                .push(format!("{}: the suite needs all of this line, its reason can go: {grant:?}", grant.role.name()));
        }
        Ok(found)
    }

    /// Explains statements as a role, after a change that is rolled back. Returns the first denied
    /// one, by its code.
    async fn explain_as(
        &mut self,
        role: Role,
        database: &str,
        change: Option<&str>,
        texts: impl IntoIterator<Item = &String>,
    ) -> anyhow::Result<Option<String>> {
        let conn = self.databases.get_mut(database).context("no such database")?;
        let mut tx = conn.begin().await?;
        if let Some(change) = change {
            tx.execute(AssertSqlSafe(change.to_owned())).await?;
        }
        // Planned without its parameters' values, which the log does not have.
        tx.execute("set local plan_cache_mode = force_generic_plan").await?;
        tx.execute(AssertSqlSafe(format!("set local role {}", role.name()))).await?;
        for text in texts {
            let explained = sqlx::raw_sql(AssertSqlSafe(explain_statement(text))).execute(&mut *tx).await;
            match explained {
                Ok(_) => {}
                Err(sqlx::Error::Database(error)) => {
                    let rejected = format!("{} {}", error.code().unwrap_or_default(), error.message());
                    tx.rollback().await?;
                    conn.execute("deallocate all").await?;
                    return Ok(Some(rejected));
                }
                Err(error) => return Err(error.into()),
            }
        }
        tx.rollback().await?;
        Ok(None)
    }

    async fn close(self) -> anyhow::Result<()> {
        for conn in self.databases.into_values() {
            conn.close().await?;
        }
        Ok(())
    }
}

/// Makes PostgreSQL plan a statement and check its privileges, without running it.
fn explain_statement(text: &str) -> String {
    let number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse::<usize>().ok());
    let parameters = text.split('$').skip(1).filter_map(number).max().unwrap_or(0);
    let values = match parameters {
        0 => String::new(),
        some => format!("({})", vec!["null"; some].join(", ")),
    };
    format!("prepare asked as {text}; explain execute asked{values}; deallocate asked")
}

fn shorten(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_planned_with_as_many_parameters_as_it_has() {
        let planned = |text| explain_statement(text).split("; ").nth(1).unwrap().to_owned();
        assert_eq!(planned("select 1"), "explain execute asked");
        assert_eq!(
            planned("select $2::int[], $10 from x where a = $1"),
            format!("explain execute asked({})", ["null"; 10].join(", "))
        );
    }
}
