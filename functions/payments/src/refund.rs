//! `POST /api/payments/{id}/refund`

use axum::extract::State;
use axum::response::Response;
use checkout::{KeyTicket, RequestKey};
use domain::payments::{Refund, RefundAmount};
use domain::{Money, PaymentId, Problem};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, IdempotencyKey, Result, with_replay_header};

use crate::App;
use crate::refund_schema::RefundPaymentSchema;

/// How much goes back: exactly one of `amount` and `all`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundPayment {
    /// So much of what is left.
    amount: Option<RefundAmount>,
    /// `true`: all that is left.
    all: Option<bool>,
}

impl RefundPayment {
    /// `None` for all that is left.
    fn amount(self) -> Result<Option<Money>, Problem> {
        match (self.amount, self.all.unwrap_or_default()) {
            (Some(amount), false) => Ok(Some(amount.get())),
            (None, true) => Ok(None),
            (Some(_), true) => Err(Problem::invalid_field("all", "must not be combined with amount")),
            (None, false) => Err(Problem::invalid_field("amount", "is required, unless all is true")),
        }
    }
}

/// Give money back
///
/// Either `amount` or `all: true`. The order stands as it is; cancelling one gives back what was
/// paid by itself. 409 `refund_too_large` carries what is `refundable`; 409 `order_in_progress`
/// while a checkout or a cancellation of the order is under way.
#[utoipa::path(
    post, path = "/api/payments/{id}/refund", 
    params(("id" = PaymentId, Path), IdempotencyKey),
    request_body = RefundPaymentSchema,
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
    let key = key.map(|key| RequestKey { user: caller.id, route: "refunds", key, fingerprint });
    let amount = body.value.amount()?;
    let refunded = app.checkout.run_idempotent(key, |ticket| refund(&app, id, amount, ticket)).await?;
    Ok(with_replay_header(Created { location, value: refunded.outcome }, refunded.replay_of.is_some()))
}

async fn refund(app: &App, id: PaymentId, amount: Option<Money>, ticket: Option<KeyTicket>) -> Result<Refund, Problem> {
    let payment = app.checkout.processor().find_payment(id).await?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    app.checkout.refund(&payment, amount, ticket.as_ref()).await
}
