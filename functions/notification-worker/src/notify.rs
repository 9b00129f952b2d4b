//! One event: store the record, send the message, update the record.

use domain::events::{DomainEvent, EventEnvelope, Queue};
use domain::notifications::{self, DeliveryStatus, Notification};
use domain::{NotificationId, Problem};
use mail::{DeliveryOutcome, RetryPolicy};
use store_dynamo::notifications::{InsertOutcome, LeaseOutcome};

use crate::App;

/// Notifies the customer of an event, on its `attempt`th delivery.
pub(crate) async fn notify_customer(app: &App, event: EventEnvelope, attempt: u32) -> Result<(), Problem> {
    let Some((queued, dedup_key)) = render(app, &event) else { return Ok(()) };
    let due = match app.notifications.insert_once(&queued, &dedup_key, app.dispatcher.new_lease()).await? {
        InsertOutcome::Inserted => queued,
        InsertOutcome::AlreadyExists(Some(stored)) if stored.status != DeliveryStatus::Sent => {
            match app.dispatcher.acquire_lease(&stored).await? {
                LeaseOutcome::Acquired(notification) => notification,
                LeaseOutcome::AlreadySent | LeaseOutcome::Expired | LeaseOutcome::DeferredToDigest => return Ok(()),
                // Not acknowledged: if the other worker crashes now, this message is redelivered, and
                // the notification is sent then.
                LeaseOutcome::Busy => return Err(Problem::unavailable("another worker is sending this notification")),
            }
        }
        InsertOutcome::AlreadyExists(_) => return Ok(()),
    };
    let retry = if attempt >= Queue::MAX_ATTEMPTS { RetryPolicy::Never } else { RetryPolicy::ByQueue };
    match app.dispatcher.deliver(due, retry).await? {
        // Recovery sends what waits for a digest.
        DeliveryOutcome::Sent(_) | DeliveryOutcome::Rejected(..) | DeliveryOutcome::DeferredToDigest(_) => Ok(()),
        // Its lease had expired, and another worker has sent it.
        DeliveryOutcome::Postponed(stored, _) if stored.status == DeliveryStatus::Sent => Ok(()),
        DeliveryOutcome::Postponed(_, why) => Err(Problem::unavailable(why)),
    }
}

/// The record for an event, and the key under which it is sent once; `None` for events without one.
fn render(app: &App, event: &EventEnvelope) -> Option<(Notification, String)> {
    // The record has the event's own time: an order's notifications are sorted by it, in whatever
    // order the messages arrive.
    let id = NotificationId::generate_at(event.at.millis(), app.clock.random());
    let channel = app.dispatcher.channel();
    if let DomainEvent::VerificationRequested(asked) = &event.payload {
        return Some(notifications::render_verification(asked, event.event_id, id, channel, event.at));
    }
    let draft = notifications::render(&event.payload)?;
    let dedup_key = draft.dedup_key(event.event_id);
    Some((draft.into_notification(id, channel, event.at), dedup_key))
}
