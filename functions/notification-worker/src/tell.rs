//! One fact: write down, send, mark.

use domain::events::{Event, Queue};
use domain::notifications::{self, DeliveryStatus};
use domain::{NotificationId, Problem};
use dynamo::notifications::{Held, Noted};
use mail::{Again, Delivery};
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
    let due = match app.notifications.note_once(&queued, &once, app.courier.hold()).await? {
        Noted::New => queued,
        Noted::Already(Some(there)) if there.status != DeliveryStatus::Sent => match app.courier.take(&there).await? {
            Held::Ours(told) => told,
            Held::Sent | Held::Gone | Held::Waits => return Ok(()),
            // Were this copy of the message taken as done, nobody would send it if that worker
            // dies now.
            Held::Elsewhere => return Err(Problem::unavailable("another worker is sending this notification")),
        },
        Noted::Already(_) => return Ok(()),
    };
    let again = if tries >= Queue::MAX_TRIES { Again::Never } else { Again::Redelivered };
    match app.courier.deliver(due, again).await? {
        // What waits for a digest is recovery's to send.
        Delivery::Sent(_) | Delivery::Refused(..) | Delivery::Waits(_) => Ok(()),
        // Its hold was over, and another worker has sent it.
        Delivery::Postponed(told, _) if told.status == DeliveryStatus::Sent => Ok(()),
        Delivery::Postponed(_, why) => Err(Problem::unavailable(why)),
    }
}
