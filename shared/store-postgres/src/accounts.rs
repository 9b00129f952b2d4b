//! Accounts in `userdb` as an operator changes them: role, disabled or not, and which sessions are
//! valid.
//!
//! Every change increments `access_version`, even one that changes nothing: repeating a change
//! writes the state again to stores that the last attempt did not reach.

use chrono::{DateTime, Utc};
use domain::users::{Email, Role, User};
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::users::UserRow;
use crate::{Conn, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSelector {
    Email(Email),
    Id(UserId),
}

impl AccountSelector {
    /// Both as a statement's parameters: one is null.
    fn to_columns(&self) -> (Option<&str>, Option<i32>) {
        match self {
            Self::Email(email) => (Some(email.as_str()), None),
            Self::Id(id) => (None, Some(id.get())),
        }
    }
}

/// A change of an account's access. `None` leaves a value unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    pub role: Option<Role>,
    /// Whether the account is disabled.
    pub disabled: Option<bool>,
    /// Whether all open sessions are revoked.
    pub revoke_sessions: bool,
    /// The row must become newer than this version and epoch, which Redis has.
    pub newer_than: Option<(i32, i32)>,
}

/// An account as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub user: User,
    /// Sessions of an older epoch are revoked.
    pub epoch: i32,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// The number of changes.
    pub version: i32,
}

struct AccountRow {
    id: i32,
    name: String,
    email: String,
    role: String,
    created_at: DateTime<Utc>,
    email_verified: bool,
    session_epoch: i32,
    disabled_at: Option<DateTime<Utc>>,
    access_version: i32,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { id, name, email, role, created_at, email_verified, .. } = row;
        Self {
            user: UserRow { id, name, email, role, created_at, email_verified }.into(),
            epoch: row.session_epoch,
            disabled_at: row.disabled_at.map(Timestamp::new),
            version: row.access_version,
        }
    }
}

/// Finds an account; `None` if there is none.
///
/// # Errors
/// When the database does not respond.
pub async fn find(db: &mut Conn, selector: &AccountSelector) -> Result<Option<Account>> {
    let (email, id) = selector.to_columns();
    let select = sqlx::query_as!(
        AccountRow,
        r#"select id, name, email, role, created_at, email_verified_at is not null as "email_verified!",
               session_epoch, disabled_at, access_version
           from users where email = $1 or id = $2"#,
        email,
        id,
    );
    Ok(timed!(db, fetch_optional, select)?.map(Account::from))
}

/// Changes an account and returns it as it is afterwards; `None` if there is none.
///
/// # Errors
/// When the database does not respond.
pub async fn update(
    db: &mut Conn,
    selector: &AccountSelector,
    change: AccountChange,
    now: Timestamp,
) -> Result<Option<Account>> {
    let (email, id) = selector.to_columns();
    let update = sqlx::query_as!(
        AccountRow,
        r#"update users set
               role = coalesce($3, role),
               disabled_at = case when $4 then coalesce(disabled_at, $6) when not $4 then null else disabled_at end,
               session_epoch = greatest(session_epoch, $8) + case when $5 then 1 else 0 end,
               access_version = greatest(access_version, $7) + 1,
               updated_at = $6
           where email = $1 or id = $2
           returning id, name, email, role, created_at, email_verified_at is not null as "email_verified!",
               session_epoch, disabled_at, access_version"#,
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
