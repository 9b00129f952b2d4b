//! `orderdb`: which links of an order are still valid. Links are signed and not stored: an order knows only
//! that all from before some time are revoked.

use domain::{OrderId, Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// What decides about the links of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLinks {
    pub owner: UserId,
    /// Links from before this time are revoked; `None`: none is.
    pub valid_from: Option<Timestamp>,
}

impl OrderLinks {
    /// Whether a link that was made at this time still opens the order.
    pub fn accepts(&self, issued_at: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| issued_at >= from)
    }
}

/// The links of an order; `None` if there is no such order.
///
/// # Errors
/// When orderdb does not respond.
pub async fn find(db: &mut Conn, order: OrderId) -> Result<Option<OrderLinks>> {
    let select = sqlx::query!("select user_id, links_valid_from from orders where id = $1", order.get());
    Ok(timed!(db, fetch_optional, select)?.map(|row| OrderLinks {
        owner: UserId::new(row.user_id),
        valid_from: row.links_valid_from.map(Timestamp::new),
    }))
}

/// Revokes all links of an order that were made before this time. It never makes a revoked link valid.
///
/// # Errors
/// When orderdb does not respond.
pub async fn revoke(db: &mut Conn, order: OrderId, before: Timestamp) -> Result<()> {
    let update = sqlx::query!(
        "update orders set links_valid_from = greatest(links_valid_from, $2) where id = $1",
        order.get(),
        before.utc()
    );
    timed!(db, execute, update).map(drop)
}
