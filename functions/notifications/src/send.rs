//! `POST /api/notifications`: a message by hand.

use axum::extract::State;
use axum::response::Response;
use domain::idempotency::{body_mismatch, in_progress};
use domain::notifications::{
    DeliveryStatus, Message, Notification, NotificationType, Subject, default_text, unknown_user,
};
use domain::{NotificationId, OrderId, Problem, Timestamp, UserId};
use serde::Deserialize;
use store_dynamo::notifications::{KeyedInsertOutcome, LeaseOutcome, RequestKey};
use store_postgres::recipients;
use utoipa::ToSchema;
use web::{Admin, Body, Created, IdempotencyKey, Result, with_replay_header};

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
    if !recipients::user_exists(&mut app.userdb.acquire().await?, to).await? {
        return Err(unknown_user(to).into());
    }
    let fingerprint = IdempotencyKey::fingerprint("/api/notifications", &body.bytes);
    let key = key.map(|key| RequestKey { caller: caller.id, key, fingerprint });
    let lease = app.dispatcher.new_lease();
    let id = NotificationId::generate_at(lease.from.millis(), app.clock.random());
    let queued = body.value.into_notification(app.dispatcher.channel(), id, lease.from);
    let told = match app.notifications.insert_admin_message(&queued, lease, key.as_ref()).await? {
        KeyedInsertOutcome::Inserted => queued,
        KeyedInsertOutcome::Replay(outcome) => return Ok(created_response(parse_outcome(&outcome)?, true)),
        KeyedInsertOutcome::FingerprintMismatch => return Err(body_mismatch().into()),
        KeyedInsertOutcome::InProgress(millis) => return Err(in_progress(millis as f64 / 1000.0).into()),
        KeyedInsertOutcome::Abandoned(there) => match app.dispatcher.acquire_lease(&there).await? {
            LeaseOutcome::Acquired(told) if told.status == DeliveryStatus::Queued => told,
            // Recovery has sent it, or is about to, perhaps within a digest.
            _ => return store_and_respond(&app, key.as_ref(), there).await,
        },
    };
    let told = match app.dispatcher.deliver_admin_message(told.clone()).await {
        Ok(told) => told,
        Err(problem) if key.is_some() => return Err(problem.into()),
        // The message is written down: without a key, a client that tried again would write it twice.
        Err(problem) => {
            tracing::warn!(notification.id = %told.id, %problem, "What became of a notification could not be noted.");
            told
        }
    };
    store_and_respond(&app, key.as_ref(), told).await
}

/// Answers, and keeps the answer for the key. One that could not be kept is not given: the key's
/// next answer might be another.
async fn store_and_respond(app: &App, key: Option<&RequestKey>, told: Notification) -> Result<Response> {
    let Some(key) = key else { return Ok(created_response(told, false)) };
    // A notification is plain data: it always has a JSON form.
    let outcome = serde_json::to_string(&told).unwrap_or_default();
    match app.notifications.store_outcome(key, told.id, &outcome).await? {
        None => Ok(created_response(told, false)),
        Some(before) => Ok(created_response(parse_outcome(&before)?, true)),
    }
}

fn parse_outcome(outcome: &str) -> Result<Notification, Problem> {
    serde_json::from_str(outcome).map_err(Problem::internal)
}

fn created_response(told: Notification, replayed: bool) -> Response {
    with_replay_header(Created { location: format!("/api/notifications/user/{}", told.user_id), value: told }, replayed)
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
        }
    }
}
