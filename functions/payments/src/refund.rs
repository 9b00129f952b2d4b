//! `POST /api/payments/{id}/refund`

use axum::extract::State;
use domain::payments::Refund;
use domain::{Money, PaymentId, Problem};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, Result};

use crate::App;

/// How much goes back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundPayment {
    /// All that is left, unless told.
    #[schema(value_type = Option<f64>, exclusive_minimum = 0)]
    amount: Option<Money>,
}

/// Give money back
///
/// The order stands as it is; cancelling one gives back what was paid by itself. 409
/// `refund_too_large` carries what is `refundable`.
#[utoipa::path(
    post, path = "/api/payments/{id}/refund", params(("id" = PaymentId, Path)), request_body = RefundPayment,
    security(("bearer" = [])),
    responses(
        (status = 201, body = Refund),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refund_payment(
    State(app): State<App>, _: Admin, Id(id): Id<PaymentId>, body: Body<RefundPayment>,
) -> Result<Created<Refund>> {
    let amount = body.value.amount;
    if amount == Some(Money::ZERO) {
        return Err(Problem::field("amount", "must be more than 0").into());
    }
    let payment = app.checkout.processor().find(id).await.map_err(Problem::from)?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    let refund = app.checkout.refund(&payment, amount).await?;
    Ok(Created { location: format!("/api/payments/{id}"), value: refund })
}
