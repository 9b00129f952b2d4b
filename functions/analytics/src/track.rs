//! `POST /api/analytics/event`

use axum::extract::State;
use domain::analytics::{EventType, Metadata, TrackedEvent};
use domain::{EventId, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Body, Created, MaybeCustomer};

use crate::App;

/// An event of a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewEvent {
    // Before the required fields: if a field with a default followed them, errors in it could not
    // be reported.
    /// A JSON object of limited size and depth; empty when omitted.
    #[serde(default)]
    #[schema(required = false)]
    metadata: Metadata,
    event_type: EventType,
    /// The client's own id: sent again, the event is counted once.
    event_id: Option<EventId>,
}

/// Record an event
///
/// The user comes from the token, if one is sent.
#[utoipa::path(
    post,
    path = "/api/analytics/event",
    request_body = NewEvent,
    responses((status = 201, body = TrackedEvent))
)]
pub(crate) async fn track_event(
    State(app): State<App>,
    MaybeCustomer(caller): MaybeCustomer,
    body: Body<NewEvent>,
) -> web::Result<Created<TrackedEvent>> {
    let NewEvent { event_type, metadata, event_id } = body.value;
    let event = TrackedEvent {
        id: event_id.unwrap_or_else(|| EventId::new(app.clock.new_uuid())),
        user_id: caller.map(|caller| caller.id),
        event_type: event_type.into(),
        metadata: metadata.into_map(),
        timestamp: app.clock.now(),
    };
    let stored = if store_mongo::events::insert(&app.mongo, &event).await? {
        event
    } else {
        find_duplicate(&app, event).await?
    };
    // An event has no page of its own: the location is where it was sent to.
    let location = "/api/analytics/event".to_owned();
    Ok(Created { location, value: stored })
}

/// The event that is stored under the same id, if it belongs to the same caller, or was anonymous:
/// nobody can read another user's events by their ids. A caller whose session could not be looked
/// up the first time was anonymous then, and sends the event again as themselves.
async fn find_duplicate(app: &App, event: TrackedEvent) -> Result<TrackedEvent, Problem> {
    let stored = store_mongo::events::find(&app.mongo, event.id).await?;
    // The first attempt may still be in progress.
    let stored = stored.ok_or_else(|| Problem::unavailable("an event that exists cannot be read yet"))?;
    if stored.user_id.is_none() || stored.user_id == event.user_id {
        return Ok(stored);
    }
    let detail = "Another event already has this eventId. Use a new UUID for each event.";
    Err(Problem::conflict("event_id_taken", detail))
}
