//! `GET /api/payments/{id}`

use axum::extract::State;
use domain::payments::Payment;
use domain::{PaymentId, Problem, ProblemKind};
use web::{Buyer, Id, Resource, Result};

use crate::App;

/// Read a payment
#[utoipa::path(
    get, path = "/api/payments/{id}", params(("id" = PaymentId, Path)),
    responses(
        (status = 200, body = Payment),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find_payment(
    State(app): State<App>,
    caller: Buyer,
    Id(id): Id<PaymentId>,
) -> Result<Resource<Payment>> {
    let payment = app.checkout.processor().find_payment(id).await.map_err(Problem::from)?;
    let payment = payment.ok_or_else(|| Problem::not_found("payment"))?;
    // A payment keeps the user who paid. The order may have another owner since: the account that took it
    // over from a guest.
    if payment.user_id != caller.id && !caller.is_admin() {
        app.find_visible_order(&caller, payment.order_id).await.map_err(|problem| match problem.kind() {
            ProblemKind::NotFound => Problem::not_found("payment"),
            _ => problem,
        })?;
    }
    Ok(Resource(payment))
}
