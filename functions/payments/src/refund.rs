//! `POST /api/payments/{id}/refund`

use axum::extract::State;
use axum::response::Response;
use checkout::Key;
use domain::payments::Refund;
use domain::{Money, PaymentId, Problem};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, IdempotencyKey, Result, replayable};

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
    post, path = "/api/payments/{id}/refund", 
    params(("id" = PaymentId, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255)),
    request_body = RefundPayment,
    security(("bearer" = [])),
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
    IdempotencyKey(key): IdempotencyKey,
    body: Body<RefundPayment>,
) -> Result<Response> {
    let location = format!("/api/payments/{id}");
    let fingerprint = IdempotencyKey::fingerprint(&location, &body.bytes);
    let key = key.map(|key| Key { user: caller.id, route: "refunds", key, fingerprint });
    if let Some(key) = &key
        && let Some(before) = app.checkout.claim::<Refund>(key).await?
    {
        return Ok(replayable(Created { location, value: before.outcome }, true));
    }
    let refunded = refund(&app, id, body.value.amount, key.as_ref()).await;
    if let (Some(key), Err(problem)) = (&key, &refunded) {
        app.checkout.after_failure(key, problem).await;
    }
    Ok(replayable(Created { location, value: refunded? }, false))
}

async fn refund(app: &App, id: PaymentId, amount: Option<Money>, key: Option<&Key>) -> Result<Refund, Problem> {
    if amount == Some(Money::ZERO) {
        return Err(Problem::field("amount", "must be more than 0"));
    }
    let payment = app.checkout.processor().find(id).await?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    app.checkout.refund(&payment, amount, key).await
}
