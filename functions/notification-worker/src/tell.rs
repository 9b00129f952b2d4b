//! One fact: write down, send, mark.

use domain::events::{Event, Queue};
use domain::notifications::{self, DeliveryStatus};
use domain::{NotificationId, Problem};
use dynamo::notifications::Noted;
use mail::Delivery;
use runtime::planted::{Bug, planted};

use crate::App;

/// Tells of a fact, on its `tries`th delivery.
pub(crate) async fn tell(app: &App, event: Event, tries: u32) -> Result<(), Problem> {
    if planted(Bug::AckBeforeCommit) {
        let app = app.clone();
        drop(tokio::spawn(async move { take(&app, event, tries).await }));
        return Ok(());
    }
    take(app, event, tries).await
}

async fn take(app: &App, event: Event, tries: u32) -> Result<(), Problem> {
    let Some(told) = notifications::tell(&event.fact) else { return Ok(()) };
    let mut once = told.once(event.event_id);
    if planted(Bug::NoUniqueKey) {
        once = format!("{once}#{:x}", app.clock.random());
    }
    // The record bears the fact's own time: an order's story reads in its order, however its
    // messages arrive.
    let id = NotificationId::at(event.at.millis(), app.clock.random());
    let queued = told.queued(id, app.courier.channel(), event.at);
    let due = match app.notifications.note_once(&queued, &once).await? {
        Noted::New => queued,
        Noted::Already(Some(there)) if there.status != DeliveryStatus::Sent => there,
        Noted::Already(_) => return Ok(()),
    };
    match app.courier.deliver(due, tries >= Queue::MAX_TRIES).await? {
        Delivery::Sent(_) | Delivery::Refused(..) => Ok(()),
        // Another worker had the same message and has sent it.
        Delivery::Postponed(told, _) if told.status == DeliveryStatus::Sent => Ok(()),
        Delivery::Postponed(_, why) => Err(Problem::unavailable(why)),
    }
}
