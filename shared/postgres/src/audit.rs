//! What an operator's reconciliation reads: whole tables, page by page in the order of their
//! keys, through [`Database::snapshot`](crate::Database::snapshot), so that all pages of one
//! database are of one moment. Writes nothing; judges nothing.

mod accounts;
mod bounds;
mod catalogue;
mod facts;
mod keys;
mod orders;
mod stock;

use domain::Timestamp;

use crate::pool::ask;
use crate::{Conn, Result};

pub use accounts::{Allowed, allowed, known_users};
pub use bounds::{overdue_fact, overdue_key};
pub use catalogue::{Price, Shown, Writing, prices, product_writes, shown};
pub use facts::{Fact, known_facts, sent_facts, unsent_count, unsent_facts};
pub use keys::{Claimed, Place, keys};
pub use orders::{Giving, GivingState, Placed, orders, orders_of, refunds_of};
pub use stock::{Counted, Kept, Stocked, ever_counted, held, reservations, stock_of, stocked};

/// The database's own time.
///
/// # Errors
/// When it is away.
pub async fn clock(db: &mut Conn) -> Result<Timestamp> {
    let select = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#);
    ask!(db, fetch_one, select).map(Timestamp::new)
}
