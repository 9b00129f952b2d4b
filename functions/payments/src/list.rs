//! `GET /api/payments/order/{orderId}`

use axum::extract::State;
use axum::http::Uri;
use domain::payments::Payment;
use domain::{After, Cursor, Limit, OrderId, PaymentId, Problem};
use serde::Deserialize;
use web::{Customer, Id, List, Query, Result};

use crate::App;

/// Which payments.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPayments {
    /// How many.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// Where the page before ended, as its `Link` header said.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<PaymentId>>,
}

/// List the payments of an order, oldest first
#[utoipa::path(
    get, path = "/api/payments/order/{orderId}", params(("orderId" = OrderId, Path), ListPayments),
    security(("bearer" = [])),
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
    Query(query): Query<ListPayments>,
) -> Result<List<Payment>> {
    let after = query.cursor.map(|cursor| cursor.key(|id| id.order() == Some(order))).transpose()?;
    let order = app.order(&caller, order).await?;
    let page = app.checkout.processor().page_of_order(order.id, after, query.limit).await.map_err(Problem::from)?;
    Ok(List::new(&uri, &page))
}
