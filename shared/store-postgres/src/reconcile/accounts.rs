//! userdb: who is there, and what they may do.

use domain::UserId;
use domain::users::Role;

use crate::pool::timed;
use crate::{Conn, Result};

/// Those of these users that have an account.
///
/// # Errors
/// When userdb is away.
pub async fn existing_users(db: &mut Conn, users: &[UserId]) -> Result<Vec<UserId>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query_scalar!("select id from users where id = any($1)", &ids);
    Ok(timed!(db, fetch_all, select)?.into_iter().map(UserId::new).collect())
}

/// What an account lets its sessions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    /// Whose.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Sessions of an older one are over.
    pub epoch: i32,
    /// Nobody may be signed in.
    pub disabled: bool,
}

/// Those of these users that have an account, and what it lets them do.
///
/// # Errors
/// When userdb is away.
pub async fn find_account_access(db: &mut Conn, users: &[UserId]) -> Result<Vec<AccountAccess>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query!(
        r#"select id, role, session_epoch, disabled_at is not null as "disabled!" from users where id = any($1)"#,
        &ids
    );
    let rows = timed!(db, fetch_all, select)?.into_iter();
    Ok(rows
        .map(|row| AccountAccess {
            user: UserId::new(row.id),
            role: Role::parse_or_customer(&row.role),
            epoch: row.session_epoch,
            disabled: row.disabled,
        })
        .collect())
}
