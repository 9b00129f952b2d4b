//! When the check began, and what that means for what is under way.
//!
//! Everything about an order changes only while something is written down as under way with it,
//! and ends with a new time in its row. So an order that is at rest when it is read, and has been
//! since before the check began, was at rest while its stock, its payments and its notifications
//! were read before it: it is judged exactly, also in a shop that goes on selling. Others are
//! counted and left out. What happens later by itself (a message, a recovery) is judged once it
//! has had its time.

use domain::Timestamp;
use domain::events::Queue;
use queue::reconcile::QueueDepth;
use store_postgres::reconcile::{self, OrderRecord, RefundState};

use crate::options::CheckOptions;
use crate::stores::{StoreError, Stores, store_error};

/// Clocks of functions and databases differ by less, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 5;
/// Recovery runs each minute and takes over what nobody has moved for 45 seconds: three minutes
/// are enough for whatever nothing fails with (I3), and for its first try whatever else fails (I14).
pub(crate) const RECOVERED_WITHIN_SECONDS: i64 = 180;
/// What failed is tried again after five minutes at the latest: so long may it take after faults.
pub(crate) const RETRIED_WITHIN_SECONDS: i64 =
    store_postgres::recovery::MAX_BACKOFF_SECONDS as i64 + RECOVERED_WITHIN_SECONDS;
/// No event stays unsent for longer (I6).
pub(crate) const PUBLISHED_WITHIN_SECONDS: i64 = 90;
/// Nor unhandled where its queue is empty.
const CONSUMED_WITHIN_SECONDS: i64 = 90;
/// A message that fails waits longer with each of its tries, three minutes at most; and a queue
/// that is not empty may have a backlog.
const BUSY_CONSUMED_WITHIN_SECONDS: i64 = 20 * 60;

/// The moment of a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckContext {
    /// By orderdb's clock.
    pub(crate) started_at: Timestamp,
    quiescent: bool,
    seconds_since_fault: f64,
    busy_queues: Vec<Queue>,
}

impl CheckContext {
    /// Now, by orderdb's clock.
    pub(crate) async fn new(
        stores: &Stores,
        options: &CheckOptions,
        depths: &[QueueDepth],
    ) -> Result<Self, StoreError> {
        let mut db = stores.orderdb.acquire().await.map_err(store_error("orderdb"))?;
        let began = reconcile::database_time(&mut db).await.map_err(store_error("orderdb"))?;
        let busy = Queue::ALL.into_iter().zip(depths).filter(|(_, depth)| depth.waiting + depth.in_flight > 0);
        Ok(Self {
            started_at: began,
            quiescent: options.quiescent,
            seconds_since_fault: options.seconds_since_fault,
            busy_queues: busy.map(|(queue, _)| queue).collect(),
        })
    }

    /// Whether nothing is excused by being under way.
    pub(crate) fn is_quiescent(&self) -> bool {
        self.quiescent
    }

    /// Whether what began at `since` and takes at most so many seconds must be over.
    pub(crate) fn is_overdue(&self, since: Timestamp, within: i64) -> bool {
        let age = self.started_at.seconds() - since.seconds();
        self.quiescent || (age > within && self.seconds_since_fault > within as f64)
    }

    /// Whether nothing that failed so long ago is excused by a fault.
    pub(crate) fn is_fault_free(&self, within: i64) -> bool {
        self.quiescent || self.seconds_since_fault > within as f64
    }

    /// Whether a fact of that time must have been taken from its queue.
    pub(crate) fn must_be_consumed(&self, told_at: Timestamp, queue: Queue) -> bool {
        let within =
            if self.busy_queues.contains(&queue) { BUSY_CONSUMED_WITHIN_SECONDS } else { CONSUMED_WITHIN_SECONDS };
        self.is_overdue(told_at, within)
    }

    /// Whether nothing has moved with an order, nor with its money, since before the check began.
    pub(crate) fn is_order_idle(&self, order: &OrderRecord) -> bool {
        let refunded = |refund: &store_postgres::reconcile::RefundRecord| {
            refund.state != RefundState::Pending && self.is_past(refund.changed_at)
        };
        order.step.is_none() && self.is_past(order.updated_at) && order.refunds.iter().all(refunded)
    }

    fn is_past(&self, at: Timestamp) -> bool {
        self.quiescent || at < self.started_at.plus_seconds(-CLOCK_SKEW_SECONDS)
    }

    /// For judges' own tests.
    #[cfg(test)]
    pub(crate) fn for_test(began: Timestamp, settled: bool) -> Self {
        Self { started_at: began, quiescent: settled, seconds_since_fault: f64::INFINITY, busy_queues: Vec::new() }
    }
}
