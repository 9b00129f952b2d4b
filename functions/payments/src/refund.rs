//! `POST /api/payments/{id}/refund`

use axum::extract::State;
use axum::response::Response;
use checkout::KeyClaim;
use domain::payments::{Refund, RefundAmount};
use domain::{Money, PaymentId, Problem};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, IdempotencyHeader, Result, respond};

use crate::App;
use crate::refund_schema::RefundPaymentSchema;

/// How much to refund: exactly one of `amount` and `all`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundPayment {
    /// At most what is left of the payment.
    amount: Option<RefundAmount>,
    /// `true`: everything that is left of the payment.
    all: Option<bool>,
}

impl RefundPayment {
    /// `None` for everything that is left.
    fn amount(self) -> Result<Option<Money>, Problem> {
        match (self.amount, self.all.unwrap_or_default()) {
            (Some(amount), false) => Ok(Some(amount.get())),
            (None, true) => Ok(None),
            (Some(_), true) => Err(Problem::invalid_field("all", "must not be combined with amount")),
            (None, false) => Err(Problem::invalid_field("amount", "is required, unless all is true")),
        }
    }
}

/// Refund a payment
///
/// Either `amount` or `all: true`. The order keeps its status; to cancel an order refunds it anyway.
/// 409 `refund_too_large` carries what is `refundable`; 409 `order_in_progress` while the order is
/// being paid or cancelled.
#[utoipa::path(
    post, path = "/api/payments/{id}/refund",
    params(("id" = PaymentId, Path), IdempotencyHeader),
    request_body = RefundPaymentSchema,
    responses(
        (status = 201, body = Refund),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refund_payment(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<PaymentId>,
    header: IdempotencyHeader,
    body: Body<RefundPayment>,
) -> Result<Response> {
    let location = format!("/api/payments/{id}");
    let key = header.key(caller.id, "refunds", &location, &body.bytes);
    let amount = body.value.amount()?;
    let refunded = app.checkout.run_idempotent(key, |claim| refund(&app, id, amount, claim)).await?;
    Ok(respond(refunded, |refund| Ok(Created { location, value: refund })))
}

async fn refund(app: &App, id: PaymentId, amount: Option<Money>, claim: Option<KeyClaim>) -> Result<Refund, Problem> {
    let payment = app.checkout.processor().find_payment(id).await?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    app.checkout.refund(&payment, amount, claim.as_ref()).await
}
