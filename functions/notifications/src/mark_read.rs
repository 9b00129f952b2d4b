//! `PUT /api/notifications/{id}/read`: marks a notification as read.

use axum::extract::State;
use domain::{NotificationId, Problem};
use web::{Customer, Id, NoContent, Result};

use crate::App;

/// Mark one's own notification as read; repeating it changes nothing.
#[utoipa::path(
    put,
    path = "/api/notifications/{id}/read",
    params(("id" = NotificationId, Path, description = "A notification of the caller")),
    responses((status = 204, description = "The notification is marked as read"))
)]
pub(crate) async fn mark_notification_read(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<NotificationId>,
) -> Result<NoContent> {
    // The key begins with the caller: no other user's notification can be reached from here.
    if app.notifications.mark_read(caller.id, id, app.clock.now()).await? {
        return Ok(NoContent);
    }
    Err(Problem::not_found("notification").into())
}
