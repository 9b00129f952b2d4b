//! `POST /api/payments`

use axum::extract::State;
use checkout::Paid;
use domain::payments::{Method, Payment, Refused};
use domain::{OrderId, Problem, Rounded};
use serde::Deserialize;
use web::{Body, Created, Customer, Result};

use crate::App;

/// Which order is paid, and how.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PayOrder {
    /// An order whose payment failed.
    order_id: OrderId,
    /// `tok_visa` unless told.
    method: Option<Method>,
    /// What the client showed its user: refused with 409 when it is not the order's total.
    amount: Option<Rounded>,
}

/// Pay once more for an order whose payment failed
#[utoipa::path(
    post, path = "/api/payments", request_body = PayOrder, security(("bearer" = [])),
    responses(
        (status = 201, body = Payment), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pay_order(
    State(app): State<App>, caller: Customer, body: Body<PayOrder>,
) -> Result<Created<Payment>> {
    let PayOrder { order_id, method, amount } = body.value;
    let order = app.order(&caller, order_id).await?;
    if amount.is_some_and(|amount| amount.0 != order.total) {
        return Err(Refused::AmountMismatch { total: order.total }.into());
    }
    match app.checkout.pay(&order, &method.unwrap_or_default()).await? {
        Paid::Captured(payment) => Ok(Created { location: format!("/api/payments/{}", payment.id), value: payment }),
        Paid::Declined(payment, reason) => {
            Err(Problem::from(Refused::Declined(reason)).with("payment", payment).into())
        }
    }
}
