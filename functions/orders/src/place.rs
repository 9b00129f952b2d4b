//! `POST /api/orders`

use axum::extract::State;
use axum::response::Response;
use checkout::{Key, KeyTicket, Placed};
use domain::orders::{self, Basket, Order, Wanted};
use domain::payments::{Method, Refused};
use domain::{Object, Problem, ProductId, Rounded};
use serde::Deserialize;
use web::{Body, Created, Customer, IdempotencyKey, Result, replayable};

use crate::App;

/// What is wanted, and how it is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<Wanted>, min_items = 1, max_items = 50)]
    items: Basket,
    /// What the client showed its user: refused with 409 when it is not what it costs.
    total: Option<Rounded>,
    /// `tok_visa` unless told.
    #[schema(value_type = Option<PaymentChoice>)]
    payment: Option<Object<PaymentChoice>>,
}

/// How an order is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PaymentChoice {
    /// The processor's token.
    method: Option<Method>,
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
    let key = key.map(|key| Key { user: caller.id, route: "orders", key, fingerprint });
    let placed = app.checkout.once(key, |ticket| place(&app, &caller, body.value, ticket)).await?;
    let replayed = placed.replay_of.is_some();
    Ok(replayable(answer(placed.outcome, placed.replay_of), replayed))
}

async fn place(app: &App, caller: &Customer, wanted: PlaceOrder, ticket: Option<KeyTicket>) -> Result<Placed, Problem> {
    let basket = wanted.items;
    let method = wanted.payment.and_then(|payment| payment.0.method).unwrap_or_default();

    let products: Vec<ProductId> = basket.lines().map(|(product, _)| product).collect();
    let mut db = app.catalogue.acquire().await?;
    let catalogue = postgres::pricing::of(&mut db, &products).await?;
    drop(db);
    let seen = wanted.total.map(|total| total.0);
    #[cfg(debug_assertions)]
    let (catalogue, seen) = crate::planted::trusting(app, catalogue, seen).await;
    let draft = orders::place(&basket, &catalogue, seen)?;
    #[cfg(debug_assertions)]
    let draft = crate::planted::as_sent(draft, wanted.total.map(|total| total.0));
    app.checkout.place(caller.id, draft, &method, ticket.as_ref()).await
}

fn answer(placed: Placed, first_request: Option<String>) -> Result<Created<Order>> {
    match placed {
        Placed::Confirmed(order) => Ok(Created { location: format!("/api/orders/{}", order.id), value: order }),
        Placed::Declined(order, reason) => {
            let problem = Problem::from(Refused::Declined(reason)).with("order", order);
            Err(match first_request {
                Some(id) => problem.as_answered_to(id).into(),
                None => problem.into(),
            })
        }
    }
}
