//! `userdb`: guests, and the accounts that claim them. And in `orderdb`, the orders that follow.

use chrono::{DateTime, Utc};
use domain::users::{Email, Guest, PersonName, User};
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::users::UserRow;
use crate::{Conn, Result};

/// A guest who was claimed, and whose orders may not all have moved yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub guest: UserId,
    /// Who gets the orders.
    pub account: UserId,
    pub claimed_at: Timestamp,
}

/// What [`take_over_orders`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeOver {
    /// The orders that moved now.
    pub moved: i32,
    /// Those that could not move yet: they are being placed, paid or cancelled.
    pub remaining: i32,
}

struct ClaimRow {
    id: i32,
    claimed_by: i32,
    claimed_at: DateTime<Utc>,
}

impl From<ClaimRow> for Claim {
    fn from(row: ClaimRow) -> Self {
        let (guest, account) = (UserId::new(row.id), UserId::new(row.claimed_by));
        Self { guest, account, claimed_at: Timestamp::new(row.claimed_at) }
    }
}

/// A new guest, whoever else has this address.
///
/// # Errors
/// When userdb does not respond.
pub async fn insert(db: &mut Conn, email: &Email, name: &PersonName, now: Timestamp) -> Result<Guest> {
    let insert = sqlx::query_scalar!(
        "insert into guests (email, name, created_at) values ($1, $2, $3) returning id",
        email.as_str(),
        name.as_str(),
        now.utc(),
    );
    let id = UserId::new(timed!(db, fetch_one, insert)?);
    Ok(Guest { id, name: name.as_str().to_owned(), email: email.as_str().to_owned() })
}

/// The guests with this address that no account has claimed, oldest first.
///
/// # Errors
/// When userdb does not respond.
pub async fn list_unclaimed(db: &mut Conn, email: &Email, limit: i64) -> Result<Vec<UserId>> {
    let select = sqlx::query_scalar!(
        "select id from guests where email = $1 and claimed_by is null order by id limit $2",
        email.as_str(),
        limit
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(UserId::new).collect())
}

/// The address of an account that may claim guests; `None` if it is disabled or gone.
///
/// # Errors
/// When userdb does not respond.
pub async fn find_claimant(db: &mut Conn, account: UserId) -> Result<Option<Email>> {
    let select = sqlx::query_scalar!("select email from users where id = $1 and disabled_at is null", account.get());
    // Only valid addresses were ever stored.
    Ok(timed!(db, fetch_optional, select)?.and_then(|email| Email::try_from(email).ok()))
}

/// Marks an account's address as verified and claims these guests for it, if the address is theirs and
/// nobody has claimed them. Repeated, it changes nothing. `None` when the account is disabled, is gone, or
/// has another address: then nobody is claimed.
///
/// # Errors
/// When userdb does not respond.
pub async fn verify_and_claim(
    db: &mut Conn,
    account: UserId,
    email: &Email,
    guests: &[UserId],
    now: Timestamp,
) -> Result<Option<User>> {
    let guests: Vec<i32> = guests.iter().map(|id| id.get()).collect();
    let update = sqlx::query_as!(
        UserRow,
        r#"with verified as (
               update users set email_verified_at = coalesce(email_verified_at, $4)
               where id = $1 and email = $2 and disabled_at is null
               returning id, name, email, role, created_at
           ), claimed as (
               update guests set claimed_by = $1, claimed_at = $4
               where id = any($3) and email = $2 and claimed_by is null and exists (select 1 from verified)
           )
           select id, name, email, role, created_at, true as "email_verified!" from verified"#,
        account.get(),
        email.as_str(),
        &guests,
        now.utc(),
    );
    Ok(timed!(db, fetch_optional, update)?.map(User::from))
}

/// The guests that an account has claimed, and whose orders may not all have moved yet.
///
/// # Errors
/// When userdb does not respond.
pub async fn list_claims_of(db: &mut Conn, account: UserId) -> Result<Vec<Claim>> {
    let select = sqlx::query_as!(
        ClaimRow,
        r#"select id, claimed_by as "claimed_by!", claimed_at as "claimed_at!" from guests
           where claimed_by = $1 and moved_at is null order by id"#,
        account.get()
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(Claim::from).collect())
}

/// The same of all accounts: a page after this guest, by the guests' ids.
///
/// # Errors
/// When userdb does not respond.
pub async fn list_claims(db: &mut Conn, after: Option<UserId>, limit: i64) -> Result<Vec<Claim>> {
    let select = sqlx::query_as!(
        ClaimRow,
        r#"select id, claimed_by as "claimed_by!", claimed_at as "claimed_at!" from guests
           where claimed_at is not null and moved_at is null and id > $1 order by id limit $2"#,
        after.map_or(0, UserId::get),
        limit
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(Claim::from).collect())
}

/// Notes that a guest has no orders anymore, and can get none.
///
/// # Errors
/// When userdb does not respond.
pub async fn mark_moved(db: &mut Conn, guest: UserId, now: Timestamp) -> Result<()> {
    let update = sqlx::query!(
        "update guests set moved_at = $2 where id = $1 and claimed_at is not null and moved_at is null",
        guest.get(),
        now.utc()
    );
    timed!(db, execute, update).map(drop)
}

/// In orderdb: gives a guest's orders to an account. Repeated, it moves what is left.
///
/// # Errors
/// When orderdb does not respond.
pub async fn take_over_orders(db: &mut Conn, guest: UserId, account: UserId) -> Result<TakeOver> {
    let take_over = sqlx::query!(
        r#"select moved as "moved!", remaining as "remaining!" from take_over_orders($1, $2)"#,
        guest.get(),
        account.get()
    );
    let row = timed!(db, fetch_one, take_over)?;
    Ok(TakeOver { moved: row.moved, remaining: row.remaining })
}
