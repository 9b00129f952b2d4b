//! The addresses to which users' mail is sent: all that the notification functions may read from
//! userdb.

use domain::UserId;
use domain::users::Email;

use crate::pool::timed;
use crate::{Conn, Result};

/// Whether there is such a user.
///
/// # Errors
/// When the database is unavailable.
pub async fn user_exists(db: &mut Conn, user: UserId) -> Result<bool> {
    let exists = sqlx::query_scalar!(r#"select exists (select 1 from users where id = $1) as "there!""#, user.get());
    timed!(db, fetch_one, exists)
}

/// The address of a user; `None` if there is no such user.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_email(db: &mut Conn, user: UserId) -> Result<Option<Email>> {
    let select = sqlx::query_scalar!("select email from users where id = $1", user.get());
    // Only valid addresses were ever stored.
    Ok(timed!(db, fetch_optional, select)?.and_then(|email| Email::try_from(email).ok()))
}
