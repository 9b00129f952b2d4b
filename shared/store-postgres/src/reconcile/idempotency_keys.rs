//! orderdb: the idempotency keys of the last day.

use domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Who sent it.
    pub user: UserId,
    /// To what: `orders`, `payments`, `refunds`.
    pub route: String,
    /// As the client chose it.
    pub key: String,
    /// The payment or refund that its first request began.
    pub subject: Option<Uuid>,
    /// What it answers from now on.
    pub outcome: Option<String>,
    /// Until when its first request may take, by orderdb's clock.
    pub locked_until: Timestamp,
}

/// Where a page of keys ended.
pub type KeyCursor = (i32, String, String);

impl KeyRecord {
    /// For the page behind this one.
    pub fn cursor(&self) -> KeyCursor {
        (self.user.get(), self.route.clone(), self.key.clone())
    }
}

/// Keys behind a place, `None` for the first, in their order.
///
/// # Errors
/// When orderdb is away.
pub async fn list_keys(db: &mut Conn, after: Option<KeyCursor>, limit: i64) -> Result<Vec<KeyRecord>> {
    let (user, route, key) = after.unwrap_or_default();
    let select = sqlx::query!(
        "select user_id, route, key, subject, outcome, locked_until from idempotency_keys
         where (user_id, route, key) > ($1, $2, $3) order by user_id, route, key limit $4",
        user,
        route,
        key,
        limit
    );
    let rows = timed!(db, fetch_all, select)?;
    let keys = rows.into_iter().map(|row| KeyRecord {
        user: UserId::new(row.user_id),
        route: row.route,
        key: row.key,
        subject: row.subject,
        outcome: row.outcome,
        locked_until: Timestamp::new(row.locked_until),
    });
    Ok(keys.collect())
}
