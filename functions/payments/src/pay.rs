//! `POST /api/payments`

use axum::extract::State;
use axum::response::Response;
use checkout::{Key, Paid};
use domain::payments::{Method, Payment, Refused};
use domain::{OrderId, Problem, Rounded};
use serde::Deserialize;
use web::{Body, Created, Customer, IdempotencyKey, Result, replayable};

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
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255)),
    responses(
        (status = 201, body = Payment), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pay_order(
    State(app): State<App>,
    caller: Customer,
    IdempotencyKey(key): IdempotencyKey,
    body: Body<PayOrder>,
) -> Result<Response> {
    let fingerprint = IdempotencyKey::fingerprint("/api/payments", &body.bytes);
    let key = key.map(|key| Key { user: caller.id, route: "payments", key, fingerprint });
    if let Some(key) = &key
        && let Some(before) = app.checkout.claim::<Paid>(key).await?
    {
        return Ok(replayable(answer(before.outcome, Some(before.request_id)), true));
    }
    let paid = pay(&app, &caller, body.value, key.as_ref()).await;
    if let (Some(key), Err(problem)) = (&key, &paid) {
        app.checkout.after_failure(key, problem).await;
    }
    Ok(replayable(answer(paid?, None), false))
}

async fn pay(app: &App, caller: &Customer, wanted: PayOrder, key: Option<&Key>) -> Result<Paid, Problem> {
    let order = app.order(caller, wanted.order_id).await?;
    if wanted.amount.is_some_and(|amount| amount.0 != order.total) {
        return Err(Refused::AmountMismatch { total: order.total }.into());
    }
    app.checkout.pay(&order, &wanted.method.unwrap_or_default(), key).await
}

fn answer(paid: Paid, first_request: Option<String>) -> Result<Created<Payment>> {
    match paid {
        Paid::Captured(payment) => Ok(Created { location: format!("/api/payments/{}", payment.id), value: payment }),
        Paid::Declined(payment) => {
            let reason = payment.decline_reason.clone().unwrap_or_default();
            let problem = Problem::from(Refused::Declined(reason)).with("payment", payment);
            Err(match first_request {
                Some(id) => problem.as_answered_to(id).into(),
                None => problem.into(),
            })
        }
    }
}
