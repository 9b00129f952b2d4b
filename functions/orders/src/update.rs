//! `PUT /api/orders/{id}`

use axum::extract::State;
use domain::orders::OrderStatus;
use domain::{OrderId, Problem};
use serde::Deserialize;
use web::{Body, Customer, Id, IfMatch, Resource, Result};

use crate::App;
use crate::find::OrderWithTimeline;

/// How often an order that changed meanwhile is looked at again: more than anybody moves one.
const MAX_ATTEMPTS: usize = 5;

/// Where an order is to go.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrder {
    /// An admin may ship, deliver and cancel; its owner may cancel.
    status: OrderStatus,
}

/// Move an order on, or cancel it
///
/// Cancelling gives stock and money back. 409 `illegal_transition` where the order's status does
/// not allow the move; 409 `order_in_progress` while it is being paid.
#[utoipa::path(
    put, path = "/api/orders/{id}", request_body = UpdateOrder, security(("bearer" = [])),
    params(("id" = OrderId, Path), IfMatch),
    responses(
        (status = 200, body = OrderWithTimeline),
        (status = 403, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 412, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn update_order(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<OrderId>,
    condition: IfMatch,
    body: Body<UpdateOrder>,
) -> Result<Resource<OrderWithTimeline>> {
    let to = body.value.status;
    for _ in 0..MAX_ATTEMPTS {
        let seen = app.find_visible_order(&caller, id).await?;
        if to != OrderStatus::Cancelled && !caller.is_admin() {
            return Err(Problem::forbidden("You can only cancel your order. The shop makes all other changes.").into());
        }
        condition.check(&seen)?;
        // The move holds only for the order as it was judged here; else it is judged anew.
        let moved = match to {
            OrderStatus::Cancelled => app.checkout.cancel(&seen.order).await?,
            to => app.checkout.update_status(&seen.order, to).await?,
        };
        if moved {
            return Ok(Resource(app.find_visible_order(&caller, id).await?));
        }
    }
    Err(Problem::unavailable("an order changes all the time").into())
}
