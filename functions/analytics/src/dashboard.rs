//! `GET /api/analytics/dashboard`

use std::time::Duration;

use axum::extract::State;
use domain::Problem;
use domain::analytics::{self, Dashboard, Days};
use redis_store::{Entry, Lookup};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Admin, Bytes, Query};

use crate::App;

/// How old an answer may be, in seconds: a dashboard that is looked at by many costs one.
const FRESH_SECONDS: i64 = 3;
/// How long events are folded before figures are read. What is left then is more than the
/// minute's fold should leave, and is on the next dashboard.
const FOLD: Duration = Duration::from_millis(1500);

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many, today included.
    #[serde(default)]
    #[param(inline, required = false)]
    days: Days,
}

/// The shop's figures
#[utoipa::path(
    get,
    path = "/api/analytics/dashboard",
    params(Wanted),
    responses((status = 200, body = Dashboard)),
    security(("bearer" = []))
)]
pub(crate) async fn show_dashboard(
    State(app): State<App>,
    _: Admin,
    Query(wanted): Query<Wanted>,
) -> web::Result<Bytes> {
    // Each few seconds have an entry of their own: nothing needs to be invalidated.
    let entry = Entry::new(format!("dashboard:{}", app.clock.now().seconds() / FRESH_SECONDS));
    let form = wanted.days.get().to_string();
    let token = match app.cache.find(&entry, &form).await {
        Ok(Lookup::Hit(body)) => return Ok(Bytes(body)),
        Ok(Lookup::Miss(token)) => Some(token),
        Err(_) => None,
    };
    // A dashboard is plain data: it always has a JSON form.
    let body = serde_json::to_vec(&compute(&app, wanted.days).await?).unwrap_or_default();
    if let Some(token) = token
        && let Err(error) = app.cache.fill(&entry, &form, &token, &body).await
    {
        tracing::debug!(%error, "A dashboard could not be cached.");
    }
    Ok(Bytes(body.into()))
}

async fn compute(app: &App, days: Days) -> Result<Dashboard, Problem> {
    let folded = mongo::fold(&app.mongo, FOLD).await?;
    if !folded.finished {
        tracing::warn!(events.folded = folded.events, "Events arrive faster than they are folded; figures lag behind.");
    }
    let period = days.until(app.clock.now());
    let figures = mongo::rollups::read(&app.mongo, &period).await?;
    Ok(analytics::dashboard(period, figures))
}
