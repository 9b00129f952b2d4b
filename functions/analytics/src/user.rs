//! `GET /api/analytics/user/{userId}`

use axum::extract::State;
use domain::analytics::TrackedEvent;
use domain::{Cursor, DecodedCursor, EventId, Page, PageSize, Problem, Timestamp, UserId};
use http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Customer, Id, ObjectWithList, Query};

use crate::App;

/// The page of a user's events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUserEventsQuery {
    /// The number of events.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<(Timestamp, EventId)>>,
}

/// One page of a user's events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserEvents {
    user_id: UserId,
    /// The number of all their events.
    total_events: i64,
    /// A page of them, newest first.
    recent_events: Vec<TrackedEvent>,
}

/// List a user's events
///
/// One's own; an admin may read any user's.
#[utoipa::path(
    get,
    path = "/api/analytics/user/{userId}",
    params(("userId" = UserId, Path), ListUserEventsQuery),
    responses((status = 200, body = UserEvents))
)]
pub(crate) async fn show_user_events(
    State(app): State<App>,
    caller: Customer,
    Id(user): Id<UserId>,
    uri: Uri,
    Query(query): Query<ListUserEventsQuery>,
) -> web::Result<ObjectWithList<UserEvents>> {
    if !caller.may_see(user) {
        return Err(Problem::not_found("user").into());
    }
    let after = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let rows =
        async { Ok(store_mongo::events::list_of_user(&app.mongo, user, after, query.limit.fetch_limit()).await?) };
    let total = async { store_mongo::events::count_of_user(&app.mongo, user).await.map_err(Problem::from) };
    let (rows, total_events) = tokio::try_join!(rows, total)?;
    let page = Page::from_rows(rows, query.limit, |event| (event.timestamp, event.id));
    // The page's events are written into the empty list.
    let value = UserEvents { user_id: user, total_events, recent_events: Vec::new() };
    Ok(ObjectWithList::new(&uri, &value, &page)?)
}
