//! orderdb: the idempotency keys of the last day.

use domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub user: UserId,
    /// `orders`, `payments`, `refunds`, `fulfilments` or `returns`.
    pub route: String,
    /// As the client chose it.
    pub key: String,
    /// The payment, refund, fulfilment or return that its first request began.
    pub subject: Option<Uuid>,
    /// The response that it replays.
    pub outcome: Option<String>,
    /// The end of its first request's lock, by orderdb's clock.
    pub locked_until: Timestamp,
}

/// The end of a page of keys.
pub type KeyCursor = (i32, String, String);

impl KeyRecord {
    /// For the next page.
    pub fn cursor(&self) -> KeyCursor {
        (self.user.get(), self.route.clone(), self.key.clone())
    }
}

/// Keys after `after`, in order; `None` for the first page.
///
/// # Errors
/// When orderdb is unavailable.
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
