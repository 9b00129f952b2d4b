//! `userdb`: accounts and their password hashes. What operators change is in [`crate::accounts`], guests
//! are in [`crate::guests`].

use chrono::{DateTime, Utc};
use domain::users::{Email, PersonName, Role, User};
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// An account to be created.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub name: &'a PersonName,
    /// Unique without regard to case.
    pub email: &'a Email,
    /// In PHC string format, salt and parameters included.
    pub password_hash: &'a str,
}

/// What a login is checked against.
#[derive(Debug)]
pub struct Credentials {
    pub user: User,
    /// In PHC string format, salt and parameters included.
    pub password_hash: String,
    /// The epoch of a session that this login opens.
    pub epoch: i32,
    /// An operator has disabled the account: no login succeeds, whatever the password.
    pub disabled: bool,
}

pub(crate) struct UserRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) email_verified: bool,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId::new(row.id),
            name: row.name,
            email: row.email,
            role: Role::parse_or_customer(&row.role),
            created_at: Timestamp::new(row.created_at),
            email_verified: row.email_verified,
        }
    }
}

/// Creates a customer's account; `None` if the address is taken, which the constraint
/// `users_email_key` decides, also among concurrent requests.
///
/// # Errors
/// When the database does not respond.
pub async fn insert(db: &mut Conn, new: &NewUser<'_>, now: Timestamp) -> Result<Option<User>> {
    let insert = sqlx::query_as!(
        UserRow,
        r#"insert into users (name, email, password_hash, created_at, updated_at)
           values ($1, $2, $3, $4, $4)
           on conflict on constraint users_email_key do nothing
           returning id, name, email, role, created_at, false as "email_verified!""#,
        new.name.as_str(),
        new.email.as_str(),
        new.password_hash,
        now.utc(),
    );
    Ok(timed!(db, fetch_optional, insert)?.map(User::from))
}

/// The account or the guest with this id.
///
/// # Errors
/// When the database does not respond.
pub async fn find(db: &mut Conn, id: UserId) -> Result<Option<User>> {
    Ok(find_many(db, &[id]).await?.pop())
}

/// The accounts and guests with these ids, by id; unknown ids are left out.
///
/// # Errors
/// When the database does not respond.
pub async fn find_many(db: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
    let select = sqlx::query_as!(
        UserRow,
        r#"select id as "id!", name as "name!", email as "email!", role as "role!", created_at as "created_at!",
               email_verified as "email_verified!"
           from (
               select id, name, email, role, created_at, email_verified_at is not null as email_verified
               from users where id = any($1)
               union all
               select id, name, email, 'guest', created_at, false from guests where id = any($1)
           ) as everybody order by id"#,
        &ids
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(User::from).collect())
}

/// The user with this address, and the hash that the password must match.
///
/// # Errors
/// When the database does not respond.
pub async fn find_credentials(db: &mut Conn, email: &Email) -> Result<Option<Credentials>> {
    let select = sqlx::query!(
        r#"select id, name, email, role, created_at, email_verified_at is not null as "email_verified!",
               password_hash, session_epoch, disabled_at is not null as "disabled!"
           from users where email = $1"#,
        email.as_str()
    );
    Ok(timed!(db, fetch_optional, select)?.map(|row| Credentials {
        user: UserRow {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role,
            created_at: row.created_at,
            email_verified: row.email_verified,
        }
        .into(),
        password_hash: row.password_hash,
        epoch: row.session_epoch,
        disabled: row.disabled,
    }))
}

/// Replaces the hash `old` by a stronger hash of the same password; a password that was changed in
/// the meantime stays.
///
/// # Errors
/// When the database does not respond.
pub async fn upgrade_password_hash(db: &mut Conn, id: UserId, old: &str, new: &str, now: Timestamp) -> Result<()> {
    let update = sqlx::query!(
        "update users set password_hash = $3, updated_at = $4 where id = $1 and password_hash = $2",
        id.get(),
        old,
        new,
        now.utc(),
    );
    timed!(db, execute, update).map(drop)
}
