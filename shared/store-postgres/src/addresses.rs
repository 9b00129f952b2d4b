//! `userdb`: the address books of accounts.
//!
//! Every change begins with [`lock_book`], in the same transaction.

use chrono::{DateTime, Utc};
use domain::addresses::{Address, AddressBook, SavedAddress};
use domain::{AddressId, Timestamp, UserId};
use sqlx::types::Json;

use crate::pool::timed;
use crate::{Conn, Result};

struct AddressRow {
    id: i32,
    is_default: bool,
    address: Json<Address>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<AddressRow> for SavedAddress {
    fn from(row: AddressRow) -> Self {
        Self {
            id: AddressId::new(row.id),
            is_default: row.is_default,
            address: row.address.0,
            created_at: Timestamp::new(row.created_at),
            updated_at: Timestamp::new(row.updated_at),
        }
    }
}

/// A user's addresses; empty also for a user who does not exist.
///
/// # Errors
/// When the database does not respond.
pub async fn find_book(db: &mut Conn, user: UserId) -> Result<AddressBook> {
    let select = sqlx::query_as!(
        AddressRow,
        r#"select id, is_default, address as "address: Json<Address>", created_at, updated_at
           from addresses where user_id = $1 order by is_default desc, id"#,
        user.get()
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(AddressBook::new(rows.into_iter().map(SavedAddress::from).collect()))
}

/// A user's addresses, which only this transaction may change until it ends; `None` without an
/// account.
///
/// # Errors
/// When the database does not respond, or another transaction holds the lock for too long.
pub async fn lock_book(db: &mut Conn, user: UserId) -> Result<Option<AddressBook>> {
    // A statement of its own: one that waits for a lock still reads everything else as it was when
    // the statement began.
    let lock = sqlx::query_scalar!("select id from users where id = $1 for no key update", user.get());
    match timed!(db, fetch_optional, lock)? {
        Some(_) => find_book(db, user).await.map(Some),
        None => Ok(None),
    }
}

/// Adds an address; as the default it replaces the one before.
///
/// # Errors
/// When the database does not respond.
pub async fn insert(
    db: &mut Conn,
    user: UserId,
    address: &Address,
    is_default: bool,
    now: Timestamp,
) -> Result<SavedAddress> {
    // `count(*)` reads all of `replaced`: the old default is none anymore before there is a new one.
    let insert = sqlx::query_as!(
        AddressRow,
        r#"with replaced as (
               update addresses set is_default = false, updated_at = $4
               where user_id = $1 and is_default and $2
               returning id
           )
           insert into addresses (user_id, is_default, address, created_at, updated_at)
           select $1, $2, $3, $4, $4 from (select count(*) from replaced) as done
           returning id, is_default, address as "address: Json<Address>", created_at, updated_at"#,
        user.get(),
        is_default,
        Json(address) as _,
        now.utc(),
    );
    timed!(db, fetch_one, insert).map(SavedAddress::from)
}

/// Replaces an address of a locked book; as the default it replaces the one before.
///
/// # Errors
/// When the database does not respond.
pub async fn update(
    db: &mut Conn,
    user: UserId,
    id: AddressId,
    address: &Address,
    is_default: bool,
    now: Timestamp,
) -> Result<SavedAddress> {
    let update = sqlx::query_as!(
        AddressRow,
        r#"with replaced as (
               update addresses set is_default = false, updated_at = $5
               where user_id = $1 and is_default and $3 and id <> $2
               returning id
           )
           update addresses set is_default = $3, address = $4, updated_at = $5
           from (select count(*) from replaced) as done
           where user_id = $1 and id = $2
           returning id, is_default, address as "address: Json<Address>", created_at, updated_at"#,
        user.get(),
        id.get(),
        is_default,
        Json(address) as _,
        now.utc(),
    );
    timed!(db, fetch_one, update).map(SavedAddress::from)
}

/// Removes an address of a locked book. If it was the default, the oldest of the others becomes it.
///
/// # Errors
/// When the database does not respond.
pub async fn remove(db: &mut Conn, user: UserId, id: AddressId, now: Timestamp) -> Result<()> {
    // `offset 0`: else the planner may walk the primary key, past the addresses of all others.
    let delete = sqlx::query!(
        "with removed as (delete from addresses where user_id = $1 and id = $2 returning is_default)
         update addresses set is_default = true, updated_at = $3
         where id = (select min(id) from (select id from addresses where user_id = $1 and id <> $2 offset 0) as others)
           and (select is_default from removed)",
        user.get(),
        id.get(),
        now.utc(),
    );
    timed!(db, execute, delete).map(drop)
}
