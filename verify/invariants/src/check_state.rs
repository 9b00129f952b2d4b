//! What must be kept in memory while orders and products are read: a few fields of each payment and
//! of each notification, since DynamoDB cannot return them in the order of their orders.

mod notifications;
mod payments;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::events::Queue;
use domain::reviews::RatingTotals;
use domain::{OrderId, ProductId, ReviewId};
use queue::depth::{QueueDepth, queue_depth};
use store_postgres::reconcile::ProductProjection;

use crate::stores::{StoreError, Stores, store_error};

pub(crate) use notifications::{OrderMessage, OrderNotification, PendingDigests};
pub(crate) use payments::PaymentSummary;

/// About a hundred bytes per payment and per notification of an order, and per product.
#[derive(Default)]
pub(crate) struct CheckState {
    /// By order, oldest first.
    pub(crate) payments: Vec<PaymentSummary>,
    /// By order.
    pub(crate) notifications: Vec<OrderNotification>,
    /// Of the above and of admin messages, those that wait for a digest.
    pub(crate) digests: PendingDigests,
    /// By product.
    pub(crate) ratings: BTreeMap<ProductId, RatingTotals>,
    /// The projections of each product in the catalog.
    pub(crate) catalog: HashMap<ProductId, ProductProjection>,
    /// Reviews with a deletion event.
    pub(crate) deleted_reviews: HashSet<ReviewId>,
}

/// A record that belongs to an order.
pub(crate) trait HasOrder {
    fn order_id(&self) -> OrderId;
}

impl CheckState {
    pub(crate) async fn load(stores: &Stores) -> Result<Self, StoreError> {
        let (paid, (told, digests)) = tokio::try_join!(payments::read_all(stores), notifications::read_all(stores))?;
        Ok(Self { payments: paid, notifications: told, digests, ..Self::default() })
    }
}

/// The rows of the orders after `after` and up to `last`; rows are sorted by order.
pub(crate) fn in_order_range<T: HasOrder>(rows: &[T], after: i32, last: i32) -> &[T] {
    let from = rows.partition_point(|row| row.order_id().get() <= after);
    let to = rows.partition_point(|row| row.order_id().get() <= last);
    &rows[from..to]
}

/// The rows of one order.
pub(crate) fn for_order<T: HasOrder>(rows: &[T], order: OrderId) -> &[T] {
    in_order_range(rows, order.get() - 1, order.get())
}

/// The number of messages in each queue, in the order of [`Queue::ALL`].
pub(crate) async fn queue_depths(stores: &Stores) -> Result<Vec<QueueDepth>, StoreError> {
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        depths.push(queue_depth(&stores.queues, queue).await.map_err(store_error("SQS"))?);
    }
    Ok(depths)
}

impl HasOrder for store_postgres::reconcile::ReservationRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}
