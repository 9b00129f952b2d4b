//! `GET /api/payments/{id}`

use axum::extract::State;
use domain::payments::Payment;
use domain::{PaymentId, Problem};
use web::{Customer, Id, Resource, Result};

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
    caller: Customer,
    Id(id): Id<PaymentId>,
) -> Result<Resource<Payment>> {
    let payment = app.checkout.processor().find_payment(id).await.map_err(Problem::from)?;
    let payment = payment.filter(|payment| caller.may_see(payment.user_id));
    Ok(Resource(payment.ok_or_else(|| Problem::not_found("payment"))?))
}
