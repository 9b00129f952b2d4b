//! `POST /api/notifications`: a message by hand.

use axum::extract::State;
use domain::notifications::{DeliveryStatus, Message, Notification, NotificationType, Subject, default_words};
use domain::{NotificationId, OrderId, Timestamp, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Admin, Body, Created, Result};

use crate::App;

/// A message by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewNotification {
    /// To whom.
    user_id: UserId,
    /// What it is about.
    #[serde(rename = "type")]
    kind: NotificationType,
    /// The order it is about.
    order_id: Option<OrderId>,
    /// Made from the type where absent.
    subject: Option<Subject>,
    /// Made from the type where absent.
    message: Option<Message>,
}

/// Sends a user a message. It is handed to the channel at once, and once: `status` tells what came of it.
#[utoipa::path(
    post,
    path = "/api/notifications",
    request_body = NewNotification,
    responses((status = 201, body = Notification)),
    security(("bearer" = []))
)]
pub(crate) async fn send_notification(
    State(app): State<App>,
    _: Admin,
    body: Body<NewNotification>,
) -> Result<Created<Notification>> {
    let now = app.clock.now();
    let queued = body.value.queued(app.courier.channel(), NotificationId::at(now.millis(), app.clock.random()), now);
    app.notifications.note(&queued).await?;
    // From here on the message exists: whatever fails now, the answer is its record. Nobody
    // redelivers it, so this attempt is the last.
    let value = match app.courier.deliver(queued.clone(), true).await {
        Ok(delivery) => delivery.into_notification(),
        Err(problem) => {
            tracing::warn!(notification.id = %queued.id, %problem, "What became of a notification could not be noted.");
            queued
        }
    };
    Ok(Created { location: format!("/api/notifications/user/{}", value.user_id), value })
}

impl NewNotification {
    fn queued(self, channel: domain::notifications::Channel, id: NotificationId, now: Timestamp) -> Notification {
        let (subject, message) = default_words(&self.kind, self.order_id);
        Notification {
            id,
            user_id: self.user_id,
            kind: self.kind.into(),
            channel,
            subject: self.subject.map_or(subject, String::from),
            message: self.message.map_or(message, String::from),
            order_id: self.order_id,
            status: DeliveryStatus::Queued,
            attempts: 0,
            created_at: now,
            sent_at: None,
            read_at: None,
        }
    }
}
