//! `userdb`: accounts and their passwords' hashes. What operators change is in [`crate::accounts`].

use chrono::{DateTime, Utc};
use domain::users::{Email, PersonName, Role, User};
use domain::{Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// An account about to be opened.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// What they are called.
    pub name: &'a PersonName,
    /// Unique without regard to case.
    pub email: &'a Email,
    /// A PHC string.
    pub password_hash: &'a str,
}

/// What a login is held against.
#[derive(Debug)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// A PHC string.
    pub password_hash: String,
    /// What a session that this login opens is of.
    pub epoch: i32,
    /// An operator has disabled the account: nobody logs in, whatever the password.
    pub disabled: bool,
}

pub(crate) struct UserRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId::new(row.id),
            name: row.name,
            email: row.email,
            role: Role::parse_or_customer(&row.role),
            created_at: Timestamp::new(row.created_at),
        }
    }
}

/// Opens a customer's account; `None` when somebody has that address, which the constraint
/// `users_email_key` tells, also to many who ask at once.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(db: &mut Conn, new: &NewUser<'_>, now: Timestamp) -> Result<Option<User>> {
    let insert = sqlx::query_as!(
        UserRow,
        "insert into users (name, email, password_hash, created_at, updated_at)
         values ($1, $2, $3, $4, $4)
         on conflict on constraint users_email_key do nothing
         returning id, name, email, role, created_at",
        new.name.as_str(),
        new.email.as_str(),
        new.password_hash,
        now.utc(),
    );
    Ok(timed!(db, fetch_optional, insert)?.map(User::from))
}

/// A user by id.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &mut Conn, id: UserId) -> Result<Option<User>> {
    let select =
        sqlx::query_as!(UserRow, "select id, name, email, role, created_at from users where id = $1", id.get());
    Ok(timed!(db, fetch_optional, select)?.map(User::from))
}

/// Whom an address belongs to, and the hash that their password must meet.
///
/// # Errors
/// When the database does not answer.
pub async fn find_credentials(db: &mut Conn, email: &Email) -> Result<Option<Credentials>> {
    let select = sqlx::query!(
        "select id, name, email, role, created_at, password_hash, session_epoch,
                disabled_at is not null as \"disabled!\"
         from users where email = $1",
        email.as_str()
    );
    Ok(timed!(db, fetch_optional, select)?.map(|row| Credentials {
        user: UserRow { id: row.id, name: row.name, email: row.email, role: row.role, created_at: row.created_at }
            .into(),
        password_hash: row.password_hash,
        epoch: row.session_epoch,
        disabled: row.disabled,
    }))
}

/// Puts a stronger hash of the same password in the place of `old`; a password that was changed
/// meanwhile stays.
///
/// # Errors
/// When the database does not answer.
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
