//! `GET /api/analytics/user/:userId`

use axum::extract::State;
use domain::analytics::TrackedEvent;
use domain::{After, Cursor, EventId, Limit, Page, Problem, Timestamp, UserId};
use http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Customer, Id, Linked, Query};

use crate::App;

/// Which of a user's events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<(Timestamp, EventId)>>,
}

/// What a user did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserEvents {
    /// Who.
    user_id: UserId,
    /// All of their events.
    total_events: i64,
    /// A page of them, newest first.
    recent_events: Vec<TrackedEvent>,
}

/// What a user did
///
/// Oneself; an admin may ask for anybody.
#[utoipa::path(
    get,
    path = "/api/analytics/user/{userId}",
    params(("userId" = UserId, Path), Wanted),
    responses((status = 200, body = UserEvents)),
    security(("bearer" = []))
)]
pub(crate) async fn show_user_events(
    State(app): State<App>,
    caller: Customer,
    Id(user): Id<UserId>,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> web::Result<Linked<UserEvents>> {
    if !caller.may_see(user) {
        return Err(Problem::not_found("user").into());
    }
    let after = wanted.cursor.map(|cursor| cursor.key(|_| true)).transpose()?;
    let rows = async { Ok(mongo::events::of_user(&app.mongo, user, after, wanted.limit.and_one()).await?) };
    let total = async { mongo::events::total_of(&app.mongo, user).await.map_err(Problem::from) };
    let (rows, total_events) = tokio::try_join!(rows, total)?;
    let page = Page::cut(rows, wanted.limit, |event| (event.timestamp, event.id));
    // The page's events are written into the empty list.
    let value = UserEvents { user_id: user, total_events, recent_events: Vec::new() };
    Ok(Linked::new(&uri, &value, &page)?)
}
