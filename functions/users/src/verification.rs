//! `POST /api/users/me/verification`

use axum::extract::State;
use domain::events::{DomainEvent, EventEnvelope, VerificationRequested};
use domain::{EventId, Problem, UserId};
use http::StatusCode;
use web::Customer;

use crate::App;

/// Send a mail with a link that verifies the account's address
///
/// The link is valid for 24 hours. Opening it also takes over what guests with this address have ordered.
#[utoipa::path(
    post, path = "/api/users/me/verification",
    responses((status = 202, description = "The mail will be sent"))
)]
pub(crate) async fn request_verification(State(app): State<App>, caller: Customer) -> web::Result<StatusCode> {
    app.send_verification(caller.id).await?;
    Ok(StatusCode::ACCEPTED)
}

impl App {
    /// Hands the request for a verification mail to the notification worker. In no outbox: who misses the
    /// mail asks for another one.
    ///
    /// # Errors
    /// When the queue does not accept it.
    pub(crate) async fn send_verification(&self, user_id: UserId) -> Result<(), Problem> {
        let event = EventEnvelope {
            event_id: EventId::new(self.clock.new_uuid()),
            at: self.clock.now(),
            request_id: runtime::current_request_id(),
            payload: DomainEvent::VerificationRequested(VerificationRequested { user_id }),
        };
        match self.queues.publish(&[event]).await.is_empty() {
            true => Ok(()),
            false => Err(Problem::unavailable("the queue of notifications did not accept a verification")),
        }
    }
}
