//! userdb: who is there.

use domain::UserId;

use crate::pool::ask;
use crate::{Conn, Result};

/// Those of these users that have an account.
///
/// # Errors
/// When userdb is away.
pub async fn known_users(db: &mut Conn, users: &[UserId]) -> Result<Vec<UserId>> {
    let ids: Vec<i32> = users.iter().map(|id| id.get()).collect();
    let select = sqlx::query_scalar!("select id from users where id = any($1)", &ids);
    Ok(ask!(db, fetch_all, select)?.into_iter().map(UserId::new).collect())
}
