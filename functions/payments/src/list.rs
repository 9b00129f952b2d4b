//! `GET /api/payments/order/{orderId}`

use axum::extract::State;
use axum::http::Uri;
use domain::payments::Payment;
use domain::{OrderId, Page, Problem};
use web::{Customer, Id, List, Result};

use crate::App;

/// List the payments of an order, oldest first
#[utoipa::path(
    get, path = "/api/payments/order/{orderId}", params(("orderId" = OrderId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = Vec<Payment>),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_payments(
    State(app): State<App>,
    caller: Customer,
    uri: Uri,
    Id(order): Id<OrderId>,
) -> Result<List<Payment>> {
    let order = app.order(&caller, order).await?;
    // An order is paid for a handful of times at most: one page holds them all.
    let items = app.checkout.processor().of_order(order.id).await.map_err(Problem::from)?;
    Ok(List::new(&uri, Page { items, next: None }))
}
