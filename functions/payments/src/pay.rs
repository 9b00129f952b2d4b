//! `POST /api/payments`

use axum::extract::State;
use axum::response::Response;
use checkout::{KeyClaim, PayOutcome};
use domain::orders::{self, OrderStatus};
use domain::payments::{Payment, PaymentError, PaymentMethod};
use domain::{OrderId, Problem, ProductId, RoundedMoney};
use serde::Deserialize;
use web::{Body, Buyer, Created, IdempotencyHeader, Result, respond};

use crate::App;

/// The order to pay for, and how.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PayOrder {
    /// An order whose payment failed.
    order_id: OrderId,
    /// Defaults to `tok_visa` when omitted.
    method: Option<PaymentMethod>,
    /// The total that the client showed its user: 409 when it is not the order's.
    amount: Option<RoundedMoney>,
}

/// Retry the payment of an order whose payment failed
///
/// 404 `unknown_product` when one of its products was removed from the catalog. An order keeps its
/// prices for 24 hours; later, 409 `price_changed` carries what its goods cost now as `subtotal`, and
/// as `total` if it has nothing but goods. Its tax, shipping and discount stay as they were. 409
/// `discount_used_up`, `discount_ended` and the like when its discount cannot be used again. 429 after 10 attempts in an hour, including the one that placed it.
#[utoipa::path(
    post, path = "/api/payments", request_body = PayOrder,
    params(IdempotencyHeader),
    responses(
        (status = 201, body = Payment), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pay_order(
    State(app): State<App>,
    caller: Buyer,
    header: IdempotencyHeader,
    body: Body<PayOrder>,
) -> Result<Response> {
    let key = header.key(caller.id, "payments", "/api/payments", &body.bytes);
    let paid = app.checkout.run_idempotent(key, |claim| pay(&app, &caller, body.value, claim)).await?;
    Ok(respond(paid, |paid| match paid {
        PayOutcome::Captured(payment) => {
            Ok(Created { location: format!("/api/payments/{}", payment.id), value: payment })
        }
        PayOutcome::Declined(payment) => {
            let reason = payment.decline_reason.clone().unwrap_or_default();
            Err(Problem::from(PaymentError::Declined(reason)).with_extension("payment", payment))
        }
    }))
}

async fn pay(app: &App, caller: &Buyer, request: PayOrder, claim: Option<KeyClaim>) -> Result<PayOutcome, Problem> {
    let order = app.find_visible_order(caller, request.order_id).await?;
    if request.amount.is_some_and(|amount| amount.0 != order.total) {
        return Err(PaymentError::AmountMismatch { total: order.total, currency: order.currency }.into());
    }
    if order.status == OrderStatus::PaymentFailed {
        let products: Vec<ProductId> = order.items.iter().map(|line| line.product_id).collect();
        let mut db = app.productdb.acquire().await?;
        let catalog = store_postgres::pricing::prices_for(&mut db, &products).await?;
        drop(db);
        orders::check_payable(&order, &catalog, app.clock.now())?;
    }
    app.checkout.pay(&order, &request.method.unwrap_or_default(), claim.as_ref()).await
}
