//! Rows whose retention has ended.

use domain::Timestamp;

use crate::outbox::RETENTION_DAYS;
use crate::pool::timed;
use crate::{Conn, Result};

/// When the oldest event was sent that should have been purged more than a day ago.
///
/// # Errors
/// When the database is unavailable.
pub async fn oldest_overdue_outbox_event(db: &mut Conn) -> Result<Option<Timestamp>> {
    let select = sqlx::query_scalar!(
        r#"select sent_at as "sent_at!" from outbox
           where created_at < statement_timestamp() - make_interval(days => $1 + 1)
               and sent_at < statement_timestamp() - make_interval(days => $1 + 1)
           order by created_at, id limit 1"#,
        RETENTION_DAYS
    );
    Ok(timed!(db, fetch_optional, select)?.map(Timestamp::new))
}

/// When the oldest idempotency key was written that should have been purged more than a day ago.
///
/// # Errors
/// When the database is unavailable.
pub async fn oldest_overdue_key(db: &mut Conn) -> Result<Option<Timestamp>> {
    let select = sqlx::query_scalar!(
        "select created_at from idempotency_keys
         where created_at < statement_timestamp() - interval '48 hours' order by created_at limit 1"
    );
    Ok(timed!(db, fetch_optional, select)?.map(Timestamp::new))
}
