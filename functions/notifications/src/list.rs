//! `GET /api/notifications/user/{userId}`: what a user was told.

use axum::extract::State;
use domain::notifications::Notification;
use domain::{After, Cursor, Limit, NotificationId, Problem, UserId};
use http::Uri;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Customer, Id, List, Query, Result};

use crate::App;

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Place {
    /// How many.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// From the `Link` of the page before.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<NotificationId>>,
}

/// Lists what a user was told, newest first.
#[utoipa::path(
    get,
    path = "/api/notifications/user/{userId}",
    params(("userId" = UserId, Path, description = "The caller, or anybody for an admin"), Place),
    responses((status = 200, body = [Notification])),
    security(("bearer" = []))
)]
pub(crate) async fn list_notifications(
    State(app): State<App>,
    caller: Customer,
    Id(user): Id<UserId>,
    Query(place): Query<Place>,
    uri: Uri,
) -> Result<List<Notification>> {
    if !caller.may_see(user) {
        return Err(Problem::not_found("user").into());
    }
    let after = place.cursor.map(|cursor| cursor.key(|_| true)).transpose()?;
    let page = app.notifications.of_user(user, place.limit, after).await?;
    Ok(List::new(&uri, &page))
}
