//! Counts messages by queue: sent, delivered and consumed.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use domain::events::Queue;

/// The counts of one queue.
#[derive(Debug, Default)]
pub(super) struct QueueCounts {
    /// Counts each message once, however often it was delivered.
    pub(super) distinct: AtomicUsize,
    /// Messages that SQS acknowledged.
    pub(super) sent: AtomicUsize,
    /// Messages that SQS may have accepted without acknowledging them.
    pub(super) unconfirmed: AtomicUsize,
    /// Messages delivered to a consumer.
    pub(super) delivered: AtomicUsize,
    /// Messages that a consumer processed and that are deleted.
    pub(super) consumed: AtomicUsize,
    /// Messages that a consumer returned.
    pub(super) returned: AtomicUsize,
    /// Batches with which a consumer was killed.
    pub(super) kills: AtomicUsize,
    /// Dead letters found in the end.
    pub(super) dead_letters: AtomicUsize,
}

/// The counts of all queues.
#[derive(Debug, Default)]
pub(super) struct DeliveryCounts {
    queues: [QueueCounts; Queue::ALL.len()],
}

impl DeliveryCounts {
    pub(super) fn for_queue(&self, queue: Queue) -> &QueueCounts {
        &self.queues[queue as usize]
    }

    fn sum(&self, count: impl Fn(&QueueCounts) -> &AtomicUsize) -> usize {
        self.queues.iter().map(|counts| count(counts).load(Relaxed)).sum()
    }

    pub(super) fn distinct(&self) -> usize {
        self.sum(|counts| &counts.distinct)
    }

    pub(super) fn sent(&self) -> usize {
        self.sum(|counts| &counts.sent)
    }

    pub(super) fn deliveries(&self) -> usize {
        self.sum(|counts| &counts.delivered)
    }

    pub(super) fn kills(&self) -> usize {
        self.sum(|counts| &counts.kills)
    }

    pub(super) fn dead_letters(&self) -> usize {
        self.sum(|counts| &counts.dead_letters)
    }

    /// Grows as long as something happens.
    pub(super) fn progress(&self) -> usize {
        self.sum(|counts| &counts.consumed) + self.sum(|counts| &counts.returned)
    }
}

impl fmt::Display for DeliveryCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for queue in Queue::ALL {
            let counts = self.for_queue(queue);
            let (sent, taken) = (counts.sent.load(Relaxed), counts.consumed.load(Relaxed));
            write!(f, "{} {taken} of {sent}  ", queue.name())?;
        }
        write!(f, "returned {}, killed {}", self.sum(|counts| &counts.returned), self.kills())
    }
}

pub(super) fn increment(count: &AtomicUsize, more: usize) {
    count.fetch_add(more, Relaxed);
}
