//! `POST /api/notifications`: an admin message.

use axum::extract::State;
use axum::response::Response;
use domain::idempotency::{IdempotencyKey, Idempotent, Start, encode_outcome};
use domain::notifications::{
    DeliveryStatus, Message, Notification, NotificationType, Subject, default_text, unknown_user,
};
use domain::{NotificationId, OrderId, Timestamp, UserId};
use serde::Deserialize;
use store_dynamo::notifications::LeaseOutcome;
use store_postgres::recipients;
use utoipa::ToSchema;
use web::{Admin, Body, Created, IdempotencyHeader, Result, respond};

use crate::App;

/// A message from an admin to one user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewNotification {
    /// The user who receives the message.
    user_id: UserId,
    #[serde(rename = "type")]
    kind: NotificationType,
    /// The order it is about.
    order_id: Option<OrderId>,
    /// Derived from the type if absent.
    subject: Option<Subject>,
    /// Derived from the type if absent.
    message: Option<Message>,
}

/// Send a user a message
///
/// It is stored, then handed to the channel at once; `status` shows the result. A message that is
/// still `queued` is sent later: after 10 mails in an hour or 30 in a day it is part of a digest,
/// which is sent once an hour.
#[utoipa::path(
    post,
    path = "/api/notifications",
    params(IdempotencyHeader),
    request_body = NewNotification,
    responses(
        (status = 201, body = Notification),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn send_notification(
    State(app): State<App>,
    Admin(caller): Admin,
    header: IdempotencyHeader,
    body: Body<NewNotification>,
) -> Result<Response> {
    // Accounts are never closed: a user who exists now exists when the message is sent.
    let recipient = body.value.user_id;
    if !recipients::user_exists(&mut app.userdb.acquire().await?, recipient).await? {
        return Err(unknown_user(recipient).into());
    }
    let key = header.key(caller.id, "notifications", "/api/notifications", &body.bytes);
    let lease = app.dispatcher.new_lease();
    let id = NotificationId::generate_at(lease.from.millis(), app.clock.random());
    let queued = body.value.into_notification(app.dispatcher.channel(), id, lease.from);
    let message = match app.notifications.insert_admin_message(&queued, lease, key.as_ref()).await?.start()? {
        Start::First(()) => queued,
        Start::Replay(sent) => return Ok(created_response(sent)),
        Start::Resume(inserted) => match app.dispatcher.acquire_lease(&inserted).await? {
            LeaseOutcome::Acquired(message) if message.status == DeliveryStatus::Queued => message,
            // Recovery has sent it, or is about to, perhaps in a digest.
            _ => return store_and_respond(&app, key.as_ref(), inserted).await,
        },
    };
    let delivered = match app.dispatcher.deliver_admin_message(message.clone()).await {
        Ok(delivered) => delivered,
        Err(problem) if key.is_some() => return Err(problem.into()),
        // The message is stored: without a key, a client that tried again would send it twice.
        Err(problem) => {
            tracing::warn!(notification.id = %message.id, %problem, "A notification's delivery status could not be stored.");
            message
        }
    };
    store_and_respond(&app, key.as_ref(), delivered).await
}

/// Stores the outcome for the key, then answers. Without it stored there is no answer: the next
/// request with the key might get another one.
async fn store_and_respond(app: &App, key: Option<&IdempotencyKey>, message: Notification) -> Result<Response> {
    let earlier = match key {
        Some(key) => app.notifications.store_outcome(key, message.id, &encode_outcome(&message)?).await?,
        None => None,
    };
    Ok(created_response(match earlier {
        Some(stored) => stored.replay()?,
        None => Idempotent::first(message),
    }))
}

fn created_response(sent: Idempotent<Notification>) -> Response {
    respond(sent, |message| {
        Ok(Created { location: format!("/api/notifications/user/{}", message.user_id), value: message })
    })
}

impl NewNotification {
    fn into_notification(
        self,
        channel: domain::notifications::Channel,
        id: NotificationId,
        now: Timestamp,
    ) -> Notification {
        let (subject, message) = default_text(&self.kind, self.order_id);
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
            facts: None,
        }
    }
}
