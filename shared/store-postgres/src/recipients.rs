//! The addresses to which users' mail is sent: all that the notification functions may read from
//! userdb.

use domain::UserId;
use domain::users::Email;

use crate::pool::timed;
use crate::{Conn, Result};

/// Whether there is such a user: an account, or a guest.
///
/// # Errors
/// When the database is unavailable.
pub async fn user_exists(db: &mut Conn, user: UserId) -> Result<bool> {
    let exists = sqlx::query_scalar!(
        r#"select exists (select 1 from users where id = $1) or exists (select 1 from guests where id = $1) as "there!""#,
        user.get()
    );
    timed!(db, fetch_one, exists)
}

/// The address of a user; `None` if there is no such user. A guest whom an account has claimed is written to
/// at the account's address.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_email(db: &mut Conn, user: UserId) -> Result<Option<Email>> {
    let select = sqlx::query_scalar!(
        r#"select email as "email!" from users where id = $1
           union all
           select coalesce(u.email, g.email) from guests g left join users u on u.id = g.claimed_by where g.id = $1"#,
        user.get()
    );
    // Only valid addresses were ever stored.
    Ok(timed!(db, fetch_optional, select)?.and_then(|email| Email::try_from(email).ok()))
}
