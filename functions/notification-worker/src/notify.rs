//! One event: store the record, send the message, update the record.

use domain::events::{EventEnvelope, Queue};
use domain::notifications::{self, DeliveryStatus};
use domain::{NotificationId, Problem};
use mail::{DeliveryOutcome, RetryPolicy};
use store_dynamo::notifications::{InsertOutcome, LeaseOutcome};

use crate::App;

/// Notifies the customer of an event, on its `attempt`th delivery.
pub(crate) async fn notify_customer(app: &App, event: EventEnvelope, attempt: u32) -> Result<(), Problem> {
    let Some(draft) = notifications::render(&event.payload) else { return Ok(()) };
    let dedup_key = draft.dedup_key(event.event_id);
    // The record has the event's own time: an order's notifications are sorted by it, in whatever
    // order the messages arrive.
    let id = NotificationId::generate_at(event.at.millis(), app.clock.random());
    let queued = draft.into_notification(id, app.dispatcher.channel(), event.at);
    let due = match app.notifications.insert_once(&queued, &dedup_key, app.dispatcher.new_lease()).await? {
        InsertOutcome::Inserted => queued,
        InsertOutcome::AlreadyExists(Some(there)) if there.status != DeliveryStatus::Sent => {
            match app.dispatcher.acquire_lease(&there).await? {
                LeaseOutcome::Acquired(leased) => leased,
                LeaseOutcome::AlreadySent | LeaseOutcome::Expired | LeaseOutcome::DeferredToDigest => return Ok(()),
                // If this copy of the message were acknowledged, nobody would send it if that
                // worker crashes now.
                LeaseOutcome::Busy => return Err(Problem::unavailable("another worker is sending this notification")),
            }
        }
        InsertOutcome::AlreadyExists(_) => return Ok(()),
    };
    let retry = if attempt >= Queue::MAX_ATTEMPTS { RetryPolicy::Never } else { RetryPolicy::ByQueue };
    match app.dispatcher.deliver(due, retry).await? {
        // Recovery sends what waits for a digest.
        DeliveryOutcome::Sent(_) | DeliveryOutcome::Rejected(..) | DeliveryOutcome::DeferredToDigest(_) => Ok(()),
        // Its lease was over, and another worker has sent it.
        DeliveryOutcome::Postponed(notification, _) if notification.status == DeliveryStatus::Sent => Ok(()),
        DeliveryOutcome::Postponed(_, why) => Err(Problem::unavailable(why)),
    }
}
