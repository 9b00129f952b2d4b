//! `GET /api/orders/{id}`

use axum::extract::State;
use domain::orders::{
    Fulfilment, FulfilmentLine, Order, Return, Returnable, TimelineEntry, left_to_return, returnable_until,
};
use domain::{OrderId, Problem, Timestamp};
use serde::Serialize;
use store_postgres::{fulfilments, orders, returns};
use web::{Customer, Id, Resource, Result};

use crate::App;

/// An order with its status history, its shipments and its returns.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderWithTimeline {
    #[serde(flatten)]
    pub(crate) order: Order,
    /// Every status that the order has had, oldest first; and each shipment that left or arrived, each
    /// change of a return, and each refund.
    timeline: Vec<TimelineEntry>,
    /// Its shipments, oldest first.
    pub(crate) fulfilments: Vec<Fulfilment>,
    /// Its returns, oldest first.
    returns: Vec<Return>,
    /// The pieces that were shipped and are in no return, those of declined returns included.
    returnable: Vec<FulfilmentLine>,
    /// Until when its owner may return pieces. Absent as long as anything has not arrived, and when the
    /// time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    returnable_until: Option<Timestamp>,
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
        // Nothing of an order that was not shipped comes back.
        let (returns, days) = match fulfilments.is_empty() {
            true => (Vec::new(), 0),
            false => returns::find_of_order(&mut db, id).await?,
        };
        let returnable = left_to_return(&fulfilments, &returns);
        let returnable_until = match returnable_until(&order, &fulfilments, days) {
            Returnable::Until(until) if self.clock.now() <= until => Some(until),
            _ => None,
        };
        Ok(OrderWithTimeline { order, timeline, fulfilments, returns, returnable, returnable_until })
    }
}
