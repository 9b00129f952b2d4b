//! Where a user's mail goes: all that the notification functions may learn from userdb.

use domain::UserId;
use domain::users::Email;

use crate::pool::ask;
use crate::{Conn, Result};

/// The address of a user; `None` when there is no such user.
///
/// # Errors
/// When the database is away.
pub async fn email_of(db: &mut Conn, user: UserId) -> Result<Option<Email>> {
    let select = sqlx::query_scalar!("select email from users where id = $1", user.get());
    // Only addresses that are one were ever stored.
    Ok(ask!(db, fetch_optional, select)?.and_then(|email| Email::try_from(email).ok()))
}
