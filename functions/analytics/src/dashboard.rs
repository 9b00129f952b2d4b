//! `GET /api/analytics/dashboard`

use std::time::Duration;

use axum::extract::State;
use domain::Problem;
use domain::analytics::{self, Dashboard, Days};
use serde::Deserialize;
use store_redis::{CacheEntry, Lookup};
use utoipa::IntoParams;
use web::{Admin, EncodedJson, Query};

use crate::App;

/// How old an answer may be, in seconds: a dashboard that is looked at by many costs one.
const CACHE_SECONDS: i64 = 3;
/// How long events are folded before figures are read. What is left then is more than the
/// minute's fold should leave, and is on the next dashboard.
const AGGREGATION_BUDGET: Duration = Duration::from_millis(1500);

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardQuery {
    /// How many, today included.
    #[serde(default)]
    #[param(inline, required = false)]
    days: Days,
}

/// The shop's figures
#[utoipa::path(
    get,
    path = "/api/analytics/dashboard",
    params(DashboardQuery),
    responses((status = 200, body = Dashboard)),
    security(("bearer" = []))
)]
pub(crate) async fn show_dashboard(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<DashboardQuery>,
) -> web::Result<EncodedJson> {
    // Each few seconds have an entry of their own: nothing needs to be invalidated.
    let entry = CacheEntry::new(format!("dashboard:{}", app.clock.now().seconds() / CACHE_SECONDS));
    let variant = query.days.get().to_string();
    let token = match app.cache.find(&entry, &variant).await {
        Ok(Lookup::Hit(body)) => return Ok(EncodedJson(body)),
        Ok(Lookup::Miss(token)) => Some(token),
        Err(_) => None,
    };
    // A dashboard is plain data: it always has a JSON form.
    let body = serde_json::to_vec(&load_dashboard(&app, query.days).await?).unwrap_or_default();
    if let Some(token) = token
        && let Err(error) = app.cache.fill(&entry, &variant, &token, &body).await
    {
        tracing::debug!(%error, "A dashboard could not be cached.");
    }
    Ok(EncodedJson(body.into()))
}

async fn load_dashboard(app: &App, days: Days) -> Result<Dashboard, Problem> {
    let progress = store_mongo::aggregate_pending(&app.mongo, AGGREGATION_BUDGET).await?;
    if !progress.finished {
        tracing::warn!(
            events.folded = progress.events,
            "Events arrive faster than they are folded; figures lag behind."
        );
    }
    let period = days.period_until(app.clock.now());
    let figures = store_mongo::rollups::load_totals(&app.mongo, &period).await?;
    Ok(analytics::build_dashboard(period, figures))
}
