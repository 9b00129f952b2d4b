//! `GET /api/orders/{id}`

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::orders::{Fulfilment, Order, TimelineEntry};
use domain::{OrderId, Problem};
use serde::Serialize;
use store_postgres::{Conn, fulfilments, orders};
use web::{Buyer, Credentials, Id, Query, Resource, Result};

use crate::App;
use crate::links::LinkQuery;

/// An order with its status history and its shipments.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderWithTimeline {
    #[serde(flatten)]
    pub(crate) order: Order,
    /// Every status that the order has had, oldest first; and each shipment that left or arrived.
    timeline: Vec<TimelineEntry>,
    /// Its shipments, oldest first.
    pub(crate) fulfilments: Vec<Fulfilment>,
}

/// Read an order
///
/// With a token of its owner or an admin, or with the `key` of a link to it.
#[utoipa::path(
    get, path = "/api/orders/{id}", params(("id" = OrderId, Path), LinkQuery),
    responses(
        (status = 200, body = OrderWithTimeline),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find_order(
    State(app): State<App>,
    credentials: Credentials,
    id: Result<Id<OrderId>>,
    query: Result<Query<LinkQuery>>,
) -> Result<Response> {
    if let (Ok(Id(id)), Ok(Query(LinkQuery { key: Some(key) }))) = (&id, &query)
        && app.accepts_key(*id, key).await?
    {
        let order = app.find_order(*id).await?.ok_or_else(|| Problem::not_found("order"))?;
        let mut response = Resource(order).into_response();
        // As for any personal response: whoever has the link is not anybody.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return Ok(response);
    }
    // Before anything else of the request is judged, as on every route that needs a token.
    let caller = credentials.buyer().await?;
    let (Id(id), Query(_)) = (id?, query?);
    Ok(Resource(app.find_visible_order(&caller, id).await?).into_response())
}

impl App {
    /// An order that the caller may see, as `GET` returns it: the ETag is made of this.
    pub(crate) async fn find_visible_order(&self, caller: &Buyer, id: OrderId) -> Result<OrderWithTimeline, Problem> {
        let mut db = self.checkout.orders().acquire().await?;
        let order = orders::find(&mut db, id).await?.filter(|order| caller.may_see(order.user_id));
        let order = order.ok_or_else(|| Problem::not_found("order"))?;
        with_timeline(&mut db, order).await
    }

    /// An order that a link of it shows.
    async fn find_order(&self, id: OrderId) -> Result<Option<OrderWithTimeline>, Problem> {
        let mut db = self.checkout.orders().acquire().await?;
        let Some(order) = orders::find(&mut db, id).await? else { return Ok(None) };
        with_timeline(&mut db, order).await.map(Some)
    }
}

async fn with_timeline(db: &mut Conn, order: Order) -> Result<OrderWithTimeline, Problem> {
    let (timeline, fulfilments) = fulfilments::find_history(db, order.id).await?;
    Ok(OrderWithTimeline { order, timeline, fulfilments })
}
