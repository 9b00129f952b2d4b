//! `POST /api/notifications`: a message by hand.

use axum::extract::State;
use axum::response::Response;
use domain::idempotency::{in_progress, other_body};
use domain::notifications::{
    DeliveryStatus, Message, Notification, NotificationType, Subject, default_words, unknown_user,
};
use domain::{NotificationId, OrderId, Problem, Timestamp, UserId};
use dynamo::notifications::{Held, Key, Written};
use postgres::recipients;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Admin, Body, Created, IdempotencyKey, Result, replayable};

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

/// Send a user a message
///
/// It is written down, then handed to the channel at once; `status` tells what came of it. One
/// that is still `queued` is sent later: after 10 mails in an hour or 30 in a day its user gets it
/// within one digest, once an hour.
#[utoipa::path(
    post,
    path = "/api/notifications",
    params(IdempotencyKey),
    request_body = NewNotification,
    responses(
        (status = 201, body = Notification),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = web::ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn send_notification(
    State(app): State<App>,
    Admin(caller): Admin,
    IdempotencyKey(key): IdempotencyKey,
    body: Body<NewNotification>,
) -> Result<Response> {
    // Accounts are never closed: whoever is there now is there when the message is sent.
    let to = body.value.user_id;
    if !recipients::exists(&mut app.userdb.acquire().await?, to).await? {
        return Err(unknown_user(to).into());
    }
    let fingerprint = IdempotencyKey::fingerprint("/api/notifications", &body.bytes);
    let key = key.map(|key| Key { caller: caller.id, key, fingerprint });
    let hold = app.courier.hold();
    let id = NotificationId::at(hold.from.millis(), app.clock.random());
    let queued = body.value.queued(app.courier.channel(), id, hold.from);
    let told = match app.notifications.write_by_hand(&queued, hold, key.as_ref()).await? {
        Written::New => queued,
        Written::Before(outcome) => return Ok(answer(read(&outcome)?, true)),
        Written::OtherBody => return Err(other_body().into()),
        Written::Busy(millis) => return Err(in_progress(millis as f64 / 1000.0).into()),
        Written::Abandoned(there) => match app.courier.take(&there).await? {
            Held::Ours(told) if told.status == DeliveryStatus::Queued => told,
            // Recovery has sent it, or is about to, perhaps within a digest.
            _ => return finish(&app, key.as_ref(), there).await,
        },
    };
    let told = match app.courier.deliver_by_hand(told.clone()).await {
        Ok(told) => told,
        Err(problem) if key.is_some() => return Err(problem.into()),
        // The message is written down: without a key, a client that tried again would write it twice.
        Err(problem) => {
            tracing::warn!(notification.id = %told.id, %problem, "What became of a notification could not be noted.");
            told
        }
    };
    finish(&app, key.as_ref(), told).await
}

/// Answers, and keeps the answer for the key. One that could not be kept is not given: the key's
/// next answer might be another.
async fn finish(app: &App, key: Option<&Key>, told: Notification) -> Result<Response> {
    let Some(key) = key else { return Ok(answer(told, false)) };
    // A notification is plain data: it always has a JSON form.
    let outcome = serde_json::to_string(&told).unwrap_or_default();
    match app.notifications.keep(key, told.id, &outcome).await? {
        None => Ok(answer(told, false)),
        Some(before) => Ok(answer(read(&before)?, true)),
    }
}

fn read(outcome: &str) -> Result<Notification, Problem> {
    serde_json::from_str(outcome).map_err(Problem::internal)
}

fn answer(told: Notification, replayed: bool) -> Response {
    replayable(Created { location: format!("/api/notifications/user/{}", told.user_id), value: told }, replayed)
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
