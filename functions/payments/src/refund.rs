//! `POST /api/payments/{id}/refund`

use axum::extract::State;
use axum::response::Response;
use checkout::{KeyClaim, RefundRequest};
use domain::orders::Basket;
use domain::payments::{Refund, RefundAmount, RefundReason};
use domain::{PaymentId, Problem};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, IdempotencyHeader, Result, respond};

use crate::App;
use crate::refund_schema::RefundPaymentSchema;

/// What to refund: exactly one of `items`, `amount` and `all`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundPayment {
    /// At most what is left of the payment.
    amount: Option<RefundAmount>,
    /// `true`: everything that is left of the payment.
    all: Option<bool>,
    /// Pieces of the order's lines.
    items: Option<Basket>,
    /// `true`, with `items`: the order's shipping, too.
    shipping: Option<bool>,
    reason: Option<RefundReason>,
}

impl RefundPayment {
    fn request(self) -> Result<(RefundRequest, Option<RefundReason>), Problem> {
        let (all, shipping) = (self.all.unwrap_or_default(), self.shipping.unwrap_or_default());
        let combined =
            |field: &str| Err(Problem::invalid_field(field, "must not be combined with another kind of refund"));
        let request = match (self.items, self.amount, all) {
            (Some(_), Some(_), _) => return combined("amount"),
            (Some(_), None, true) | (None, Some(_), true) => return combined("all"),
            (None, Some(_), false) | (None, None, true) if shipping => return combined("shipping"),
            (Some(items), None, false) => RefundRequest::Lines { items, shipping },
            (None, Some(amount), false) => RefundRequest::Amount(amount.get()),
            (None, None, true) => RefundRequest::Everything,
            (None, None, false) => {
                return Err(Problem::invalid_field("amount", "is required, unless all is true or there are items"));
            }
        };
        Ok((request, self.reason))
    }
}

/// Refund a payment
///
/// Exactly one of `items`, `amount` and `all: true`. Pieces are refunded with their discount and their tax,
/// each once; `shipping: true` refunds the shipping with them, once. The order keeps its status; to cancel
/// an order refunds it anyway. 409 `refund_too_large` carries what is `refundable`; 409 `too_many_pieces`
/// the `items` of which fewer are left; 409 `shipping_refunded` when it was; 409 `order_in_progress` while
/// the order is being paid or cancelled.
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
    let (request, reason) = body.value.request()?;
    let refunded = app.checkout.run_idempotent(key, |claim| refund(&app, id, request, reason, claim)).await?;
    Ok(respond(refunded, |refund| Ok(Created { location, value: refund })))
}

async fn refund(
    app: &App,
    id: PaymentId,
    request: RefundRequest,
    reason: Option<RefundReason>,
    claim: Option<KeyClaim>,
) -> Result<Refund, Problem> {
    let payment = app.checkout.processor().find_payment(id).await?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    app.checkout.refund(&payment, request, reason, claim.as_ref()).await
}
