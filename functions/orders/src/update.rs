//! `PUT /api/orders/{id}`

use axum::extract::State;
use domain::orders::OrderStatus;
use domain::{OrderId, Problem};
use serde::Deserialize;
use web::{Body, Buyer, Id, IfMatch, Resource, Result};

use crate::App;
use crate::find::OrderWithTimeline;

/// How often the update is retried after the order has changed since it was read: more often than an
/// order ever changes.
const MAX_ATTEMPTS: usize = 5;

/// The next status of an order.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrder {
    /// An admin may set `shipped`, `delivered` and `cancelled`; the owner `cancelled`.
    status: OrderStatus,
}

/// Update the status of an order, or cancel it
///
/// Cancelling refunds the payment and restocks the items; an order of which anything was shipped cannot
/// be cancelled. `shipped` ships all that is left, `delivered` delivers all shipments. 409 `illegal_transition` when the order's
/// status does not allow the update; 409 `order_in_progress` while the order is being paid.
#[utoipa::path(
    put, path = "/api/orders/{id}", request_body = UpdateOrder,
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
    caller: Buyer,
    Id(id): Id<OrderId>,
    condition: IfMatch,
    body: Body<UpdateOrder>,
) -> Result<Resource<OrderWithTimeline>> {
    let to = body.value.status;
    for _ in 0..MAX_ATTEMPTS {
        let current = app.find_visible_order(&caller, id).await?;
        if to != OrderStatus::Cancelled && !caller.is_admin() {
            return Err(Problem::forbidden("You can only cancel your order. The shop makes all other changes.").into());
        }
        condition.check(&current)?;
        // The update is conditional on the order as it was checked here; else it is checked again.
        let updated = match to {
            OrderStatus::Cancelled => app.checkout.cancel(&current.order).await?,
            to => app.checkout.update_status(&current.order, &current.fulfilments, to).await?,
        };
        if updated {
            return Ok(Resource(app.find_visible_order(&caller, id).await?));
        }
    }
    Err(Problem::unavailable("an order changes all the time").into())
}
