//! What has to be remembered while orders and products are read: a little of each payment and of
//! each notification, since DynamoDB cannot give them in the order of their orders.

mod paid;
mod told;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::events::Queue;
use domain::reviews::Ratings;
use domain::{OrderId, ProductId, ReviewId};
use postgres::audit::Shown;
use queue::audit::{Depth, depth};

use crate::stores::{Away, Stores, away};

pub(crate) use paid::Paid;
pub(crate) use told::{Digests, Told, What};

/// About a hundred bytes per payment and per notification of an order, and per product.
#[derive(Default)]
pub(crate) struct Remembered {
    /// By order, oldest first.
    pub(crate) paid: Vec<Paid>,
    /// By order.
    pub(crate) told: Vec<Told>,
    /// Of the above and of messages by hand, those that no mail of their own tells.
    pub(crate) digests: Digests,
    /// Of each product.
    pub(crate) ratings: BTreeMap<ProductId, Ratings>,
    /// What the catalogue shows of each product.
    pub(crate) shown: HashMap<ProductId, Shown>,
    /// Reviews of which a fact says that they were deleted.
    pub(crate) deleted_reviews: HashSet<ReviewId>,
}

/// Something that belongs to an order.
pub(crate) trait OfOrder {
    /// The order.
    fn order(&self) -> OrderId;
}

impl Remembered {
    pub(crate) async fn read(stores: &Stores) -> Result<Self, Away> {
        let (paid, (told, digests)) = tokio::try_join!(paid::all(stores), told::all(stores))?;
        Ok(Self { paid, told, digests, ..Self::default() })
    }
}

/// Those of the orders behind `after` and up to `last`, in rows that are sorted by order.
pub(crate) fn between<T: OfOrder>(rows: &[T], after: i32, last: i32) -> &[T] {
    let from = rows.partition_point(|row| row.order().get() <= after);
    let to = rows.partition_point(|row| row.order().get() <= last);
    &rows[from..to]
}

/// Those of one order.
pub(crate) fn of<T: OfOrder>(rows: &[T], order: OrderId) -> &[T] {
    between(rows, order.get() - 1, order.get())
}

/// How many messages each queue has, in the order of [`Queue::ALL`].
pub(crate) async fn depths(stores: &Stores) -> Result<Vec<Depth>, Away> {
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        depths.push(depth(&stores.queues, queue).await.map_err(away("SQS"))?);
    }
    Ok(depths)
}

impl OfOrder for postgres::audit::Counted {
    fn order(&self) -> OrderId {
        self.order
    }
}
