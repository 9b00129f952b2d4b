//! What an operator says of accounts in `userdb`: who may do what, and who may be signed in.
//!
//! Every change counts up `access_version`, also one that changes nothing: repeating a change
//! writes what is true once more, wherever the last try did not arrive.

use chrono::{DateTime, Utc};
use domain::users::{Email, Role, User};
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::users::UserRow;
use crate::{Conn, Result};

/// Which account is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSelector {
    /// By its address.
    Email(Email),
    /// By its id.
    Id(UserId),
}

impl AccountSelector {
    /// The two as a statement has them: one is null.
    fn to_columns(&self) -> (Option<&str>, Option<i32>) {
        match self {
            Self::Email(email) => (Some(email.as_str()), None),
            Self::Id(id) => (None, Some(id.get())),
        }
    }
}

/// A change of what an account may do. What is not named stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Another role.
    pub role: Option<Role>,
    /// Disabled, or enabled again.
    pub disabled: Option<bool>,
    /// Whether all sessions that are open end.
    pub revoke_sessions: bool,
    /// The row is to be later than one of this version and epoch, of which Redis knows.
    pub newer_than: Option<(i32, i32)>,
}

/// An account as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub user: User,
    /// Sessions of an older one are over.
    pub epoch: i32,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// How often this was changed.
    pub version: i32,
}

struct AccountRow {
    id: i32,
    name: String,
    email: String,
    role: String,
    created_at: DateTime<Utc>,
    session_epoch: i32,
    disabled_at: Option<DateTime<Utc>>,
    access_version: i32,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { id, name, email, role, created_at, .. } = row;
        Self {
            user: UserRow { id, name, email, role, created_at }.into(),
            epoch: row.session_epoch,
            disabled_at: row.disabled_at.map(Timestamp::new),
            version: row.access_version,
        }
    }
}

/// An account; `None` when there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &mut Conn, selector: &AccountSelector) -> Result<Option<Account>> {
    let (email, id) = selector.to_columns();
    let select = sqlx::query_as!(
        AccountRow,
        "select id, name, email, role, created_at, session_epoch, disabled_at, access_version
         from users where email = $1 or id = $2",
        email,
        id,
    );
    Ok(timed!(db, fetch_optional, select)?.map(Account::from))
}

/// Changes an account, and answers it as it is then; `None` when there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn update(
    db: &mut Conn,
    selector: &AccountSelector,
    change: AccountChange,
    now: Timestamp,
) -> Result<Option<Account>> {
    let (email, id) = selector.to_columns();
    let update = sqlx::query_as!(
        AccountRow,
        "update users set
             role = coalesce($3, role),
             disabled_at = case when $4 then coalesce(disabled_at, $6) when not $4 then null else disabled_at end,
             session_epoch = greatest(session_epoch, $8) + case when $5 then 1 else 0 end,
             access_version = greatest(access_version, $7) + 1,
             updated_at = $6
         where email = $1 or id = $2
         returning id, name, email, role, created_at, session_epoch, disabled_at, access_version",
        email,
        id,
        change.role.map(Role::as_str),
        change.disabled,
        change.revoke_sessions,
        now.utc(),
        change.newer_than.map(|(version, _)| version),
        change.newer_than.map(|(_, epoch)| epoch),
    );
    Ok(timed!(db, fetch_optional, update)?.map(Account::from))
}
