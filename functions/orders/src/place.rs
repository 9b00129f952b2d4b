//! `POST /api/orders`

use axum::extract::State;
use axum::response::Response;
use checkout::{KeyTicket, PlaceOutcome, RequestKey};
use domain::orders::{self, Basket, BasketLine, Order};
use domain::payments::{PaymentError, PaymentMethod};
use domain::{JsonObject, Problem, ProductId, RoundedMoney};
use serde::Deserialize;
use web::{Body, Created, Customer, IdempotencyKey, Result, with_replay_header};

use crate::App;

/// What is wanted, and how it is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: Basket,
    /// What the client showed its user: refused with 409 when it is not what it costs.
    total: Option<RoundedMoney>,
    /// `tok_visa` unless told.
    #[schema(value_type = Option<PaymentChoice>)]
    payment: Option<JsonObject<PaymentChoice>>,
}

/// How an order is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PaymentChoice {
    /// The processor's token.
    method: Option<PaymentMethod>,
}

/// Place an order
///
/// Reserves the stock, takes the money and confirms, or does nothing at all. 402
/// `payment_declined` carries the `order`, which may be paid again; 409 `insufficient_stock`
/// carries `items`; 409 `price_changed` carries the right `total`.
#[utoipa::path(
    post, path = "/api/orders", request_body = PlaceOrder, security(("bearer" = [])),
    params(IdempotencyKey),
    responses(
        (status = 201, body = Order), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn place_order(
    State(app): State<App>,
    caller: Customer,
    IdempotencyKey(key): IdempotencyKey,
    body: Body<PlaceOrder>,
) -> Result<Response> {
    let fingerprint = IdempotencyKey::fingerprint("/api/orders", &body.bytes);
    let key = key.map(|key| RequestKey { user: caller.id, route: "orders", key, fingerprint });
    let placed = app.checkout.run_idempotent(key, |ticket| price_and_place(&app, &caller, body.value, ticket)).await?;
    let replayed = placed.replay_of.is_some();
    Ok(with_replay_header(response(placed.outcome, placed.replay_of), replayed))
}

async fn price_and_place(
    app: &App,
    caller: &Customer,
    wanted: PlaceOrder,
    ticket: Option<KeyTicket>,
) -> Result<PlaceOutcome, Problem> {
    let basket = wanted.items;
    let method = wanted.payment.and_then(|payment| payment.0.method).unwrap_or_default();

    let products: Vec<ProductId> = basket.lines().map(|(product, _)| product).collect();
    let mut db = app.productdb.acquire().await?;
    let catalogue = store_postgres::pricing::prices_for(&mut db, &products).await?;
    drop(db);
    let seen = wanted.total.map(|total| total.0);
    #[cfg(debug_assertions)]
    let (catalogue, seen) = crate::planted::apply_price_bugs(app, catalogue, seen).await;
    let draft = orders::price_basket(&basket, &catalogue, seen)?;
    #[cfg(debug_assertions)]
    let draft = crate::planted::apply_total_bug(draft, wanted.total.map(|total| total.0));
    app.checkout.place(caller.id, draft, &method, ticket.as_ref()).await
}

fn response(placed: PlaceOutcome, first_request: Option<String>) -> Result<Created<Order>> {
    match placed {
        PlaceOutcome::Confirmed(order) => Ok(Created { location: format!("/api/orders/{}", order.id), value: order }),
        PlaceOutcome::Declined(order, reason) => {
            let problem = Problem::from(PaymentError::Declined(reason)).with_extension("order", order);
            Err(match first_request {
                Some(id) => problem.with_request_id(id).into(),
                None => problem.into(),
            })
        }
    }
}
