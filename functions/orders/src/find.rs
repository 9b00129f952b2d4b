//! `GET /api/orders/{id}`

use axum::extract::State;
use domain::orders::{Fulfilment, Order, TimelineEntry};
use domain::{OrderId, Problem};
use serde::Serialize;
use store_postgres::{fulfilments, orders};
use web::{Customer, Id, Resource, Result};

use crate::App;

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
#[utoipa::path(
    get, path = "/api/orders/{id}", params(("id" = OrderId, Path)),
    responses(
        (status = 200, body = OrderWithTimeline),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find_order(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<OrderId>,
) -> Result<Resource<OrderWithTimeline>> {
    Ok(Resource(app.find_visible_order(&caller, id).await?))
}

impl App {
    /// An order that the caller may see, as `GET` returns it: the ETag is made of this.
    pub(crate) async fn find_visible_order(
        &self,
        caller: &Customer,
        id: OrderId,
    ) -> Result<OrderWithTimeline, Problem> {
        let mut db = self.checkout.orders().acquire().await?;
        let order = orders::find(&mut db, id).await?.filter(|order| caller.may_see(order.user_id));
        let order = order.ok_or_else(|| Problem::not_found("order"))?;
        let (timeline, fulfilments) = fulfilments::find_history(&mut db, id).await?;
        Ok(OrderWithTimeline { order, timeline, fulfilments })
    }
}
