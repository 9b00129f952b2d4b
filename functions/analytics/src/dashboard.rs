//! `GET /api/analytics/dashboard`

use axum::extract::State;
use domain::Problem;
use domain::analytics::{self, Dashboard, Days};
use serde::Deserialize;
use store_redis::{CacheEntry, Lookup};
use utoipa::IntoParams;
use web::{Admin, EncodedJson, Query};

use crate::App;

/// The maximum age of a response, in seconds: a dashboard with many viewers costs as much as one.
const CACHE_SECONDS: i64 = 3;

/// The period of the dashboard.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardQuery {
    /// The number of days, today included.
    #[serde(default)]
    #[param(inline, required = false)]
    days: Days,
}

/// The dashboard of the shop
#[utoipa::path(
    get,
    path = "/api/analytics/dashboard",
    params(DashboardQuery),
    responses((status = 200, body = Dashboard))
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
    // Only a few events: a dashboard must not get slower, nor slow down anything else, when more are
    // pending. Those are counted by the scheduled aggregation.
    let progress = store_mongo::aggregate_for_reader(&app.mongo).await?;
    if !progress.finished {
        tracing::debug!("The latest events are left to the scheduled aggregation.");
    }
    let period = days.period_until(app.clock.now());
    let figures = store_mongo::rollups::load_totals(&app.mongo, &period).await?;
    Ok(analytics::build_dashboard(period, figures))
}
