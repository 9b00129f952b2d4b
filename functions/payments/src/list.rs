//! `GET /api/payments/order/{orderId}`

use axum::extract::State;
use axum::http::Uri;
use domain::payments::Payment;
use domain::{Cursor, DecodedCursor, OrderId, PageSize, PaymentId, Problem};
use serde::Deserialize;
use web::{Buyer, Id, List, Query, Result};

use crate::App;

/// Page of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPaymentsQuery {
    /// The most payments of a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the `Link` header of the previous page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<PaymentId>>,
}

/// List the payments of an order, oldest first
#[utoipa::path(
    get, path = "/api/payments/order/{orderId}", params(("orderId" = OrderId, Path), ListPaymentsQuery),
    responses(
        (status = 200, body = Vec<Payment>),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_payments(
    State(app): State<App>,
    caller: Buyer,
    uri: Uri,
    Id(order): Id<OrderId>,
    Query(query): Query<ListPaymentsQuery>,
) -> Result<List<Payment>> {
    let after = query.cursor.map(|cursor| cursor.into_key(|id| id.order_id() == Some(order))).transpose()?;
    let order = app.find_visible_order(&caller, order).await?;
    let page =
        app.checkout.processor().list_payments_page(order.id, after, query.limit).await.map_err(Problem::from)?;
    Ok(List::new(&uri, &page))
}
