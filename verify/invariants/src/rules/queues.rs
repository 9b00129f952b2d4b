//! I9: a message is consumed, waits, or is a dead letter. That none was lost is checked event by
//! event (I6), where it can be named; here, that nothing waits in an idle shop.

use domain::events::Queue;
use queue::reconcile::QueueDepth;

use crate::check_context::CheckContext;
use crate::report::{Invariant, Violation};

/// Checks all queues, in the order of [`Queue::ALL`].
pub(crate) fn check_queues(depths: &[QueueDepth], moment: &CheckContext) -> Vec<Violation> {
    let waits = |(_, depth): &(Queue, &QueueDepth)| moment.is_quiescent() && depth.waiting + depth.in_flight > 0;
    let finding = |(queue, depth): (Queue, &QueueDepth)| {
        let about = format!("the {} queue", queue.name());
        let found = format!("{} waiting, {} in flight", depth.waiting, depth.in_flight);
        Violation::new(Invariant::Queues, about, "is not empty though the shop is idle", "nothing", found)
    };
    Queue::ALL.into_iter().zip(depths).filter(waits).map(finding).collect()
}

/// Describes a queue for the reader. Dead letters are not lost, but an operator must look at them.
pub(crate) fn describe_queue(queue: Queue, depth: QueueDepth) -> String {
    let QueueDepth { waiting, in_flight, dead_letters } = depth;
    format!("{}: {waiting} waiting, {in_flight} in flight, {dead_letters} dead letters", queue.name())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::context_at;
    use super::*;

    #[test]
    fn only_a_quiescent_shop_must_have_empty_queues() {
        let depth = |waiting, in_flight, dead_letters| QueueDepth { waiting, in_flight, dead_letters };
        let depths = [depth(0, 0, 9), depth(1, 0, 0), depth(0, 1, 0)];
        assert_eq!(check_queues(&depths, &context_at(0, true)).len(), 2);
        assert_eq!(check_queues(&depths, &context_at(0, false)).len(), 0);
    }
}
