//! When the check began, and what that means for work in progress.
//!
//! Everything about an order changes only while a saga step is stored with it, and ends with a new
//! time in its row. So an order that is idle when it is read, and has been since before the check
//! began, was idle while its stock, its payments and its notifications were read before it: it is
//! checked exactly, also in a shop that is in use. Others are counted and skipped. What happens
//! later by itself (a message, a recovery) is checked once it has had its time.

use domain::Timestamp;
use domain::events::Queue;
use queue::reconcile::QueueDepth;
use store_postgres::reconcile::{self, OrderRecord, RefundState};

use crate::options::CheckOptions;
use crate::stores::{StoreError, Stores, store_error};

/// Clocks of functions and databases differ by less, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 5;
/// Recovery runs each minute and claims what has not changed for 45 seconds: three minutes are
/// enough for whatever does not fail (I3), and for the first attempt of whatever does (I14).
pub(crate) const RECOVERED_WITHIN_SECONDS: i64 = 180;
/// Failed work is retried after five minutes at the latest: after faults it may take this long.
pub(crate) const RETRIED_WITHIN_SECONDS: i64 =
    store_postgres::recovery::MAX_BACKOFF_SECONDS as i64 + RECOVERED_WITHIN_SECONDS;
/// No event stays unpublished for longer (I6).
pub(crate) const PUBLISHED_WITHIN_SECONDS: i64 = 90;
/// Nor unconsumed if its queue is empty.
const CONSUMED_WITHIN_SECONDS: i64 = 90;
/// A failing message waits longer with each attempt, at most three minutes; and a queue that is not
/// empty may have a backlog.
const BUSY_CONSUMED_WITHIN_SECONDS: i64 = 20 * 60;

/// The moment of a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckContext {
    /// The time by orderdb's clock.
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

    /// Whether nothing is excused by work in progress.
    pub(crate) fn is_quiescent(&self) -> bool {
        self.quiescent
    }

    /// Whether what began at `since` and takes at most `within` seconds must be over.
    pub(crate) fn is_overdue(&self, since: Timestamp, within: i64) -> bool {
        let age = self.started_at.seconds() - since.seconds();
        self.quiescent || (age > within && self.seconds_since_fault > within as f64)
    }

    /// Whether the last fault is so long ago that it excuses nothing.
    pub(crate) fn is_fault_free(&self, within: i64) -> bool {
        self.quiescent || self.seconds_since_fault > within as f64
    }

    /// Whether an event of that time must have been consumed from its queue.
    pub(crate) fn must_be_consumed(&self, told_at: Timestamp, queue: Queue) -> bool {
        let within =
            if self.busy_queues.contains(&queue) { BUSY_CONSUMED_WITHIN_SECONDS } else { CONSUMED_WITHIN_SECONDS };
        self.is_overdue(told_at, within)
    }

    /// Whether nothing has changed about an order or its money since before the check began.
    pub(crate) fn is_order_idle(&self, order: &OrderRecord) -> bool {
        let refunded = |refund: &store_postgres::reconcile::RefundRecord| {
            refund.state != RefundState::Pending && self.is_past(refund.changed_at)
        };
        order.step.is_none() && self.is_past(order.updated_at) && order.refunds.iter().all(refunded)
    }

    fn is_past(&self, at: Timestamp) -> bool {
        self.quiescent || at < self.started_at.plus_seconds(-CLOCK_SKEW_SECONDS)
    }

    /// For the tests of the rules.
    #[cfg(test)]
    pub(crate) fn for_test(began: Timestamp, settled: bool) -> Self {
        Self { started_at: began, quiescent: settled, seconds_since_fault: f64::INFINITY, busy_queues: Vec::new() }
    }
}
