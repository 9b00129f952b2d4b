//! The reads of the invariant checker: whole tables, page by page in the order of their keys,
//! through [`Database::snapshot`](crate::Database::snapshot), so that all pages of one database are
//! of the same moment. Writes nothing; judges nothing.

mod accounts;
mod catalog;
mod discounts;
mod events;
mod fulfilments;
mod idempotency_keys;
mod orders;
mod retention;
mod returns;
mod stock;

use domain::Timestamp;

use crate::pool::timed;
use crate::{Conn, Result};

pub use accounts::{
    AccountAccess, AddressBookRecord, ClaimRecord, existing_users, find_account_access, list_address_books, list_claims,
};
pub use catalog::{
    ActiveWrite, PriceRecord, ProductProjection, find_price_history, list_active_writes, list_projections,
};
pub use discounts::{DiscountRecord, list_discount_customers, list_discounts};
pub use events::{OutboxRecord, count_unpublished, existing_outbox_events, list_published, list_unpublished};
pub use fulfilments::{FulfilmentRecord, list_fulfilments, list_miscounted_lines};
pub use idempotency_keys::{KeyCursor, KeyRecord, list_keys};
pub use orders::{OrderRecord, RefundRecord, RefundState, find_orders, find_refunds, list_orders};
pub use retention::{oldest_overdue_key, oldest_overdue_outbox_event};
pub use returns::{
    LineCountRecord, RefundLineRecord, RestockRecord, ReturnRecord, list_line_counts, list_refund_lines,
    list_restocked, list_returns,
};
pub use stock::{
    ReservationRecord, ReservationState, StockRecord, ever_had_quantity, find_stock, list_reservations, list_stock,
    sum_reserved,
};

/// The database's own time.
///
/// # Errors
/// When it is unavailable.
pub async fn database_time(db: &mut Conn) -> Result<Timestamp> {
    let select = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#);
    timed!(db, fetch_one, select).map(Timestamp::new)
}
