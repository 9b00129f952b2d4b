//! `PUT /api/orders/{id}`

use axum::extract::State;
use domain::orders::{Order, Status};
use domain::{OrderId, Problem};
use postgres::orders;
use serde::Deserialize;
use web::{Body, Customer, Id, IfMatch, Resource, Result};

use crate::App;

/// Where an order is to go.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrder {
    /// An admin may ship, deliver and cancel; its owner may cancel.
    status: Status,
}

/// Move an order on, or cancel it
///
/// Cancelling gives stock and money back. 409 `illegal_transition` where the order's status does
/// not allow the move.
#[utoipa::path(
    put, path = "/api/orders/{id}", params(("id" = OrderId, Path)), request_body = UpdateOrder, security(("bearer" = [])),
    responses(
        (status = 200, body = Order),
        (status = 403, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn update_order(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<OrderId>,
    condition: IfMatch,
    body: Body<UpdateOrder>,
) -> Result<Resource<Order>> {
    let to = body.value.status;
    let order = load(&app, id).await?.filter(|order| caller.may_see(order.user_id));
    let order = order.ok_or_else(|| Problem::not_found("order"))?;
    if to != Status::Cancelled && !caller.is_admin() {
        return Err(Problem::forbidden("You may cancel your order; the rest is the shop's to do.").into());
    }
    condition.check(&order)?;
    if to == Status::Cancelled {
        app.checkout.cancel(&order).await?;
    } else {
        app.checkout.move_on(&order, to).await?;
    }
    let moved = load(&app, id).await?.ok_or_else(|| Problem::not_found("order"))?;
    Ok(Resource(moved))
}

async fn load(app: &App, id: OrderId) -> Result<Option<Order>, Problem> {
    let mut db = app.checkout.orders().acquire().await?;
    Ok(orders::find(&mut db, id).await?)
}
