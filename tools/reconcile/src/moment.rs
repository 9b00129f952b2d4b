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
use postgres::audit::{self, GivingState, Placed};
use queue::audit::Depth;

use crate::Options;
use crate::stores::{Away, Stores, away};

/// Clocks of functions and databases differ by less, in seconds.
const SLACK: i64 = 5;
/// Recovery runs each minute and takes over what nobody has moved for 45 seconds: three minutes
/// are enough for whatever nothing fails with (I3), and for its first try whatever else fails (I14).
pub(crate) const RECOVERED_WITHIN: i64 = 180;
/// What failed is tried again after five minutes at the latest: so long may it take after faults.
pub(crate) const RETRIED_WITHIN: i64 = postgres::recovering::LONGEST_WAIT_SECONDS as i64 + RECOVERED_WITHIN;
/// No event stays unsent for longer (I6).
pub(crate) const SENT_WITHIN: i64 = 90;
/// Nor unhandled where its queue is empty.
const TAKEN_WITHIN: i64 = 90;
/// A message that fails waits longer with each of its tries, three minutes at most; and a queue
/// that is not empty may have a backlog.
const TAKEN_WITHIN_WHILE_BUSY: i64 = 20 * 60;

/// The moment of a check.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// By orderdb's clock.
    pub(crate) began: Timestamp,
    settled: bool,
    quiet_seconds: f64,
    busy: Vec<Queue>,
}

impl Moment {
    /// Now, by orderdb's clock.
    pub(crate) async fn now(stores: &Stores, options: &Options, depths: &[Depth]) -> Result<Self, Away> {
        let mut db = stores.orderdb.acquire().await.map_err(away("orderdb"))?;
        let began = audit::clock(&mut db).await.map_err(away("orderdb"))?;
        let busy = Queue::ALL.into_iter().zip(depths).filter(|(_, depth)| depth.waiting + depth.in_flight > 0);
        Ok(Self {
            began,
            settled: options.settled,
            quiet_seconds: options.quiet_seconds,
            busy: busy.map(|(queue, _)| queue).collect(),
        })
    }

    /// Whether nothing is excused by being under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Whether what began at `since` and takes at most so many seconds must be over.
    pub(crate) fn is_due(&self, since: Timestamp, within: i64) -> bool {
        let age = self.began.seconds() - since.seconds();
        self.settled || (age > within && self.quiet_seconds > within as f64)
    }

    /// Whether nothing that failed so long ago is excused by a fault.
    pub(crate) fn is_quiet(&self, within: i64) -> bool {
        self.settled || self.quiet_seconds > within as f64
    }

    /// Whether a fact of that time must have been taken from its queue.
    pub(crate) fn is_taken(&self, told_at: Timestamp, queue: Queue) -> bool {
        let within = if self.busy.contains(&queue) { TAKEN_WITHIN_WHILE_BUSY } else { TAKEN_WITHIN };
        self.is_due(told_at, within)
    }

    /// Whether nothing has moved with an order, nor with its money, since before the check began.
    pub(crate) fn is_at_rest(&self, order: &Placed) -> bool {
        let refunded =
            |refund: &postgres::audit::Giving| refund.state != GivingState::Intended && self.is_past(refund.moved_at);
        order.step.is_none() && self.is_past(order.updated_at) && order.refunds.iter().all(refunded)
    }

    fn is_past(&self, at: Timestamp) -> bool {
        self.settled || at < self.began.plus_seconds(-SLACK)
    }

    /// For judges' own tests.
    #[cfg(test)]
    pub(crate) fn of_test(began: Timestamp, settled: bool) -> Self {
        Self { began, settled, quiet_seconds: f64::INFINITY, busy: Vec::new() }
    }
}
