//! `GET /api/notifications/user/{userId}`: a user's notifications.

use axum::extract::State;
use domain::notifications::Notification;
use domain::{Cursor, DecodedCursor, NotificationId, PageSize, Problem, UserId};
use http::Uri;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Customer, Id, List, Query, Result};

use crate::App;

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListNotificationsQuery {
    /// The number of notifications.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the `Link` of the previous page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<NotificationId>>,
}

/// List a user's notifications, newest first.
#[utoipa::path(
    get,
    path = "/api/notifications/user/{userId}",
    params(("userId" = UserId, Path, description = "The caller, or any user for an admin"), ListNotificationsQuery),
    responses((status = 200, body = [Notification]))
)]
pub(crate) async fn list_notifications(
    State(app): State<App>,
    caller: Customer,
    Id(user): Id<UserId>,
    Query(query): Query<ListNotificationsQuery>,
    uri: Uri,
) -> Result<List<Notification>> {
    if !caller.may_see(user) {
        return Err(Problem::not_found("user").into());
    }
    let after = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let page = app.notifications.list_of_user(user, query.limit, after).await?;
    Ok(List::new(&uri, &page))
}
