//! What must be kept in memory while orders and products are read: a few fields of each payment and
//! of each notification, since DynamoDB cannot return them in the order of their orders.

mod by_order;
mod claims;
mod notifications;
mod payments;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::events::Queue;
use domain::{ProductId, ReviewId};
use queue::reconcile::{QueueDepth, queue_depth};
use store_mongo::reconcile::RatingsRecord;
use store_postgres::reconcile::ProductProjection;

use crate::stores::{StoreError, Stores, store_error};

pub(crate) use by_order::{for_order, in_order_range};
pub(crate) use claims::Claims;
pub(crate) use notifications::{OrderMessage, OrderNotification, PendingDigests};
pub(crate) use payments::PaymentSummary;

/// About a hundred bytes per payment and per notification of an order, and per product.
#[derive(Default)]
pub(crate) struct CheckState {
    pub(crate) claims: Claims,
    /// By order, oldest first.
    pub(crate) payments: Vec<PaymentSummary>,
    /// Sorted by their orders.
    pub(crate) notifications: Vec<OrderNotification>,
    /// Of the above and of admin messages, those that wait for a digest.
    pub(crate) digests: PendingDigests,
    pub(crate) ratings: BTreeMap<ProductId, RatingsRecord>,
    /// The projections of each product in the catalog.
    pub(crate) catalog: HashMap<ProductId, ProductProjection>,
    /// Reviews with a deletion event.
    pub(crate) deleted_reviews: HashSet<ReviewId>,
}

impl CheckState {
    pub(crate) async fn load(stores: &Stores) -> Result<Self, StoreError> {
        let (mut paid, (mut sent, digests)) =
            tokio::try_join!(payments::read_all(stores), notifications::read_all(stores))?;
        let claims = Claims::load(stores).await?;
        paid.iter_mut().for_each(|paid| paid.user = claims.person(paid.user));
        sent.iter_mut().for_each(|sent| sent.user = claims.person(sent.user));
        Ok(Self { claims, payments: paid, notifications: sent, digests, ..Self::default() })
    }
}

/// The number of messages in each queue, in the order of [`Queue::ALL`].
pub(crate) async fn queue_depths(stores: &Stores) -> Result<Vec<QueueDepth>, StoreError> {
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        depths.push(queue_depth(&stores.queues, queue).await.map_err(store_error("SQS"))?);
    }
    Ok(depths)
}
