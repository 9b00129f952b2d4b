//! userdb: the accounts, their access, and their address books.

use domain::UserId;
use domain::users::Role;

use crate::pool::timed;
use crate::{Conn, Result};

/// Those of these users that have an account.
///
/// # Errors
/// When userdb is unavailable.
pub async fn existing_users(db: &mut Conn, users: &[UserId]) -> Result<Vec<UserId>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query_scalar!("select id from users where id = any($1)", &ids);
    Ok(timed!(db, fetch_all, select)?.into_iter().map(UserId::new).collect())
}

/// What an account allows its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    pub user: UserId,
    pub role: Role,
    /// Sessions of an older epoch are revoked.
    pub epoch: i32,
    /// No login is accepted.
    pub disabled: bool,
}

/// Those of these users that have an account, with its access.
///
/// # Errors
/// When userdb is unavailable.
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

/// The size of an account's address book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressBookRecord {
    pub user: UserId,
    pub addresses: i64,
    pub defaults: i64,
}

/// The address books of users after `after`, in the order of their ids; users without addresses are
/// left out.
///
/// # Errors
/// When userdb is unavailable.
pub async fn list_address_books(db: &mut Conn, after: Option<UserId>, limit: i64) -> Result<Vec<AddressBookRecord>> {
    let select = sqlx::query!(
        r#"select user_id, count(*) as "addresses!", count(*) filter (where is_default) as "defaults!"
           from addresses where user_id > $1 group by user_id order by user_id limit $2"#,
        after.map_or(0, UserId::get),
        limit
    );
    let rows = timed!(db, fetch_all, select)?.into_iter();
    Ok(rows
        .map(|row| AddressBookRecord {
            user: UserId::new(row.user_id),
            addresses: row.addresses,
            defaults: row.defaults,
        })
        .collect())
}
