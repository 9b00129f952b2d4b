//! userdb: the accounts and guests, their access, and their address books.

use domain::users::Role;
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// Those of these users that have an account or are guests.
///
/// # Errors
/// When userdb is unavailable.
pub async fn existing_users(db: &mut Conn, users: &[UserId]) -> Result<Vec<UserId>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query_scalar!(
        r#"select id as "id!" from users where id = any($1) union all select id from guests where id = any($1)"#,
        &ids
    );
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

/// Those of these users that have an account or are guests, with their access. A guest whom an account has
/// claimed is disabled.
///
/// # Errors
/// When userdb is unavailable.
pub async fn find_account_access(db: &mut Conn, users: &[UserId]) -> Result<Vec<AccountAccess>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query!(
        r#"select id as "id!", role as "role!", session_epoch as "session_epoch!", disabled_at is not null as "disabled!"
           from users where id = any($1)
           union all
           select id, 'guest', 0, claimed_by is not null from guests where id = any($1)"#,
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

/// A guest whom an account has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimRecord {
    pub guest: UserId,
    pub account: UserId,
    pub claimed_at: Timestamp,
}

/// The claims after this account and guest, in the order of both.
///
/// # Errors
/// When userdb is unavailable.
pub async fn list_claims(db: &mut Conn, after: Option<(UserId, UserId)>, limit: i64) -> Result<Vec<ClaimRecord>> {
    let (account, guest) = after.map_or((0, 0), |(account, guest)| (account.get(), guest.get()));
    let select = sqlx::query!(
        r#"select id, claimed_by as "claimed_by!", claimed_at as "claimed_at!" from guests
           where claimed_by is not null and (claimed_by, id) > ($1, $2) order by claimed_by, id limit $3"#,
        account,
        guest,
        limit
    );
    let rows = timed!(db, fetch_all, select)?.into_iter();
    Ok(rows
        .map(|row| ClaimRecord {
            guest: UserId::new(row.id),
            account: UserId::new(row.claimed_by),
            claimed_at: Timestamp::new(row.claimed_at),
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
