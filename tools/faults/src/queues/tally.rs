//! What is counted while messages are under way: by queue, what was sent, given and taken.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use domain::events::Queue;

/// The counts of one queue.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Different messages.
    pub(super) distinct: AtomicUsize,
    /// Messages that SQS said it took.
    pub(super) sent: AtomicUsize,
    /// Messages that SQS may have taken without saying so.
    pub(super) unsure: AtomicUsize,
    /// Messages that a consumer was given.
    pub(super) given: AtomicUsize,
    /// Messages that a consumer took and that are deleted.
    pub(super) taken: AtomicUsize,
    /// Messages that a consumer gave back.
    pub(super) refused: AtomicUsize,
    /// Batches with which a consumer was killed.
    pub(super) kills: AtomicUsize,
    /// Dead letters, as they were found in the end.
    pub(super) dead: AtomicUsize,
}

/// The counts of all queues.
#[derive(Debug, Default)]
pub(super) struct Tally {
    queues: [Counts; Queue::ALL.len()],
}

impl Tally {
    pub(super) fn of(&self, queue: Queue) -> &Counts {
        &self.queues[queue as usize]
    }

    fn sum(&self, count: impl Fn(&Counts) -> &AtomicUsize) -> usize {
        self.queues.iter().map(|counts| count(counts).load(Relaxed)).sum()
    }

    pub(super) fn distinct(&self) -> usize {
        self.sum(|counts| &counts.distinct)
    }

    pub(super) fn sent(&self) -> usize {
        self.sum(|counts| &counts.sent)
    }

    pub(super) fn deliveries(&self) -> usize {
        self.sum(|counts| &counts.given)
    }

    pub(super) fn kills(&self) -> usize {
        self.sum(|counts| &counts.kills)
    }

    pub(super) fn dead(&self) -> usize {
        self.sum(|counts| &counts.dead)
    }

    /// Grows as long as something happens.
    pub(super) fn moved(&self) -> usize {
        self.sum(|counts| &counts.taken) + self.sum(|counts| &counts.refused)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for queue in Queue::ALL {
            let counts = self.of(queue);
            let (sent, taken) = (counts.sent.load(Relaxed), counts.taken.load(Relaxed));
            write!(f, "{} {taken} of {sent}  ", queue.name())?;
        }
        write!(f, "given back {}, killed {}", self.sum(|counts| &counts.refused), self.kills())
    }
}

pub(super) fn add(count: &AtomicUsize, more: usize) {
    count.fetch_add(more, Relaxed);
}
