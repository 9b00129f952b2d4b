//! Commands for operators on accounts: change the role, disable, enable, revoke all sessions. The
//! same in AWS (`aws lambda invoke`) and on one machine (`local account`).
//!
//! SQL is written first, then Redis, where every function reads the account's record with the
//! session: a change takes effect from the next request. A login that has read its account before
//! opens a session that the record rejects, or that gets the record's role. If Redis is
//! unavailable, the row is changed and the record is not: the command fails, and repeating it is
//! safe.
//!
//! Serves no HTTP, and never sees a password.

use std::error::Error;

use domain::users::{Role, User};
use domain::{Problem, ProblemKind, Timestamp, UserId};
use runtime::{Clock, Env, ReadinessChecks, SecurityEvent, StoreCheck};
use serde::Serialize;
use serde_json::{Value, json};
use store_postgres::Database;
use store_postgres::accounts::{self, Account, AccountChange, AccountSelector};
use store_redis::{AccountState, AccountUpdateOutcome, Redis, Sessions};

mod command;

pub use command::{Action, Command};

/// How often a command may be overtaken before it gives up: operators are few.
const MAX_ATTEMPTS: usize = 5;

/// The dependencies of the commands. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    redis: Redis,
    sessions: Sessions,
    clock: Clock,
}

impl App {
    /// Reads `USERDB_URL` and `REDIS_URL`.
    ///
    /// # Errors
    /// When one is missing or cannot be parsed.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            db: Database::new(store_postgres::Config::from_env(env, store_postgres::Role::OPERATOR, "USERDB_URL")?),
            sessions: Sessions::new(redis.clone()),
            redis,
            clock: clock.clone(),
        })
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (db, redis) = (self.db.clone(), self.redis.clone());
        vec![
            ("userdb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

/// An account after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// The row; `None` if it was deleted.
    pub user: Option<User>,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// The number of its sessions.
    pub sessions: usize,
    /// The number of sessions that this command revoked.
    pub ended_sessions: usize,
}

/// One invocation: a command as JSON, and its result. A mistake of the operator is returned as
/// `{"code", "message"}`; a failure of the shop is an error, which raises an alarm.
///
/// # Errors
/// When a store is unavailable.
pub async fn handle(app: &App, command: Value) -> Result<Value, Problem> {
    let done = match Command::from_json(command) {
        Ok(command) => run(app, &command).await,
        Err(problem) => Err(problem),
    };
    match done {
        // Plain data always has a JSON form.
        Ok(shown) => Ok(serde_json::to_value(shown).unwrap_or_default()),
        Err(problem) if matches!(problem.kind(), ProblemKind::Unavailable | ProblemKind::Internal) => Err(problem),
        Err(problem) => Ok(json!({"code": problem.code(), "message": problem.parts().detail})),
    }
}

/// Executes a command.
///
/// # Errors
/// 404 if no account has that address; 503 if a store is unavailable. The row may then be changed
/// while open sessions are not: repeating the command is safe, and completes it.
pub async fn run(app: &App, command: &Command) -> Result<AccountView, Problem> {
    let whose = command.account_selector()?;
    let Some((change, event)) = command.change() else { return find_account(app, &whose).await };
    let account = accounts::update(&mut app.db.acquire().await?, &whose, change, app.clock.now()).await?;
    let Some(mut account) = account else { return revoke_deleted_account(app, &whose, command.action).await };
    let id = account.user.id;
    for _ in 0..MAX_ATTEMPTS {
        // After the row: a login in between has read the new row.
        match app.sessions.update_account(id, &access_record(&account)).await? {
            AccountUpdateOutcome::Applied(ended) => {
                event.record(Some(&id), audit_reason(command));
                return Ok(AccountView { ended_sessions: ended, ..account_view(app, account).await? });
            }
            // Another operator was faster, or SQL has been restored: the current row counts.
            AccountUpdateOutcome::Superseded { version, epoch } => {
                let overtakes = Some((version, epoch));
                let later = AccountChange {
                    newer_than: overtakes,
                    revoke_sessions: change.revoke_sessions,
                    ..AccountChange::default()
                };
                let (mut db, whose) = (app.db.acquire().await?, AccountSelector::Id(id));
                let row = accounts::update(&mut db, &whose, later, app.clock.now()).await?;
                account = row.ok_or_else(|| Problem::not_found("account"))?;
            }
        }
    }
    Err(Problem::unavailable("the account is changed again and again"))
}

/// For tools: gives the account with this address a role.
///
/// # Errors
/// As [`run`].
pub async fn set_role(app: &App, email: &domain::users::Email, role: Role) -> Result<User, Problem> {
    let email = Some(email.clone());
    let command = Command { action: Action::SetRole, email, user_id: None, role: Some(role) };
    run(app, &command).await?.user.ok_or_else(|| Problem::not_found("account"))
}

fn access_record(account: &Account) -> AccountState {
    AccountState {
        role: account.user.role,
        epoch: account.epoch,
        disabled: account.disabled_at.is_some(),
        version: account.version,
    }
}

const fn audit_reason(command: &Command) -> &'static str {
    match (command.action, command.role) {
        (Action::SetRole, Some(Role::Admin)) => "an operator made them an admin",
        (Action::SetRole, _) => "an operator made them a customer",
        _ => "an operator's command",
    }
}

async fn find_account(app: &App, whose: &AccountSelector) -> Result<AccountView, Problem> {
    match accounts::find(&mut app.db.acquire().await?, whose).await? {
        Some(account) => account_view(app, account).await,
        None => {
            let id = require_user_id(whose)?;
            Ok(AccountView {
                user: None,
                disabled_at: None,
                sessions: app.sessions.count(id).await?,
                ended_sessions: 0,
            })
        }
    }
}

async fn account_view(app: &App, account: Account) -> Result<AccountView, Problem> {
    let sessions = app.sessions.count(account.user.id).await?;
    Ok(AccountView { user: Some(account.user), disabled_at: account.disabled_at, sessions, ended_sessions: 0 })
}

/// A row that was deleted manually cannot be changed, but its sessions can be revoked: they do not
/// depend on the row, and would last until their tokens expire.
async fn revoke_deleted_account(app: &App, whose: &AccountSelector, action: Action) -> Result<AccountView, Problem> {
    let id = require_user_id(whose)?;
    if !matches!(action, Action::EndSessions | Action::Disable) {
        return Err(Problem::not_found("account"));
    }
    let ended = match app.sessions.update_account(id, &AccountState::DELETED).await? {
        AccountUpdateOutcome::Applied(ended) => ended,
        // Its version is higher than that of any row, and replaces any record.
        AccountUpdateOutcome::Superseded { .. } => return Err(Problem::internal("a record of no row was overtaken")),
    };
    SecurityEvent::SessionsRevoked.record(Some(&id), "the account has been deleted");
    Ok(AccountView { user: None, disabled_at: None, sessions: app.sessions.count(id).await?, ended_sessions: ended })
}

fn require_user_id(whose: &AccountSelector) -> Result<UserId, Problem> {
    match whose {
        AccountSelector::Id(id) => Ok(*id),
        AccountSelector::Email(_) => Err(Problem::not_found("account")),
    }
}
