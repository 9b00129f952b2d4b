//! `POST /api/payments`

use axum::extract::State;
use axum::response::Response;
use checkout::{KeyTicket, PayOutcome, RequestKey};
use domain::orders::{self, OrderStatus};
use domain::payments::{Payment, PaymentError, PaymentMethod};
use domain::{OrderId, Problem, ProductId, RoundedMoney};
use serde::Deserialize;
use web::{Body, Created, Customer, IdempotencyKey, Result, with_replay_header};

use crate::App;

/// Which order is paid, and how.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PayOrder {
    /// An order whose payment failed.
    order_id: OrderId,
    /// `tok_visa` unless told.
    method: Option<PaymentMethod>,
    /// What the client showed its user: refused with 409 when it is not the order's total.
    amount: Option<RoundedMoney>,
}

/// Pay once more for an order whose payment failed
///
/// 404 `unknown_product` when something of it has left the catalogue. An order keeps its prices for
/// 24 hours; later, 409 `price_changed` carries the `total` that a new order would have. After 10
/// attempts in an hour, the one that placed it included, an order waits: 429.
#[utoipa::path(
    post, path = "/api/payments", request_body = PayOrder, security(("bearer" = [])),
    params(IdempotencyKey),
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
    let key = key.map(|key| RequestKey { user: caller.id, route: "payments", key, fingerprint });
    let paid = app.checkout.run_idempotent(key, |ticket| pay(&app, &caller, body.value, ticket)).await?;
    let replayed = paid.replay_of.is_some();
    Ok(with_replay_header(response(paid.outcome, paid.replay_of), replayed))
}

async fn pay(app: &App, caller: &Customer, wanted: PayOrder, ticket: Option<KeyTicket>) -> Result<PayOutcome, Problem> {
    let order = app.find_visible_order(caller, wanted.order_id).await?;
    if wanted.amount.is_some_and(|amount| amount.0 != order.total) {
        return Err(PaymentError::AmountMismatch { total: order.total }.into());
    }
    if order.status == OrderStatus::PaymentFailed {
        let products: Vec<ProductId> = order.items.iter().map(|line| line.product_id).collect();
        let mut db = app.productdb.acquire().await?;
        let catalogue = store_postgres::pricing::prices_for(&mut db, &products).await?;
        drop(db);
        orders::check_payable(&order, &catalogue, app.clock.now())?;
    }
    app.checkout.pay(&order, &wanted.method.unwrap_or_default(), ticket.as_ref()).await
}

fn response(paid: PayOutcome, first_request: Option<String>) -> Result<Created<Payment>> {
    match paid {
        PayOutcome::Captured(payment) => {
            Ok(Created { location: format!("/api/payments/{}", payment.id), value: payment })
        }
        PayOutcome::Declined(payment) => {
            let reason = payment.decline_reason.clone().unwrap_or_default();
            let problem = Problem::from(PaymentError::Declined(reason)).with_extension("payment", payment);
            Err(match first_request {
                Some(id) => problem.with_request_id(id).into(),
                None => problem.into(),
            })
        }
    }
}
