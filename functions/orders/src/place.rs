//! `POST /api/orders`

use axum::extract::State;
use axum::response::Response;
use checkout::PlaceOutcome;
use domain::orders::{self, Basket, BasketLine, Order, OrderDraft};
use domain::payments::{PaymentError, PaymentMethod};
use domain::{JsonObject, Problem, ProductId, RoundedMoney};
use serde::Deserialize;
use web::{Body, Created, Customer, IdempotencyHeader, Result, respond};

use crate::App;

/// The basket, and how it is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: Basket,
    /// The total that the client showed its user: 409 `price_changed` when it is not the price.
    total: Option<RoundedMoney>,
    /// Defaults to `tok_visa` when omitted.
    #[schema(value_type = Option<PaymentChoice>)]
    payment: Option<JsonObject<PaymentChoice>>,
}

/// The payment method of the order.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PaymentChoice {
    /// A token of the payment processor.
    method: Option<PaymentMethod>,
}

/// Place an order
///
/// Reserves the stock, charges the payment and confirms the order, or has no effect. 402
/// `payment_declined` carries the `order`, which may be paid again; 409 `insufficient_stock`
/// carries `items`; 409 `price_changed` carries the current `total`.
#[utoipa::path(
    post, path = "/api/orders", request_body = PlaceOrder,
    params(IdempotencyHeader),
    responses(
        (status = 201, body = Order), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn place_order(
    State(app): State<App>,
    caller: Customer,
    header: IdempotencyHeader,
    body: Body<PlaceOrder>,
) -> Result<Response> {
    let key = header.key(caller.id, "orders", "/api/orders", &body.bytes);
    let placed = match price(&app, &body.value).await {
        Ok(draft) => {
            let method = body.value.payment.and_then(|payment| payment.0.method).unwrap_or_default();
            app.checkout.place(key.as_ref(), caller.id, &draft, &method).await?
        }
        // A repeated request gets the first one's outcome, whatever the prices are by now.
        Err(rejected) => app.checkout.run_idempotent(key, |_claim| async { Err(rejected) }).await?,
    };
    Ok(respond(placed, |placed| match placed {
        PlaceOutcome::Confirmed(order) => Ok(Created { location: format!("/api/orders/{}", order.id), value: order }),
        PlaceOutcome::Declined(order, reason) => {
            Err(Problem::from(PaymentError::Declined(reason)).with_extension("order", order))
        }
    }))
}

/// What the basket costs now.
async fn price(app: &App, request: &PlaceOrder) -> Result<OrderDraft, Problem> {
    let basket = &request.items;

    let products: Vec<ProductId> = basket.lines().map(|(product, _)| product).collect();
    let mut db = app.productdb.acquire().await?;
    let catalog = store_postgres::pricing::prices_for(&mut db, &products).await?;
    drop(db);
    let client_total = request.total.map(|total| total.0);
    let draft = orders::price_basket(basket, &catalog, client_total)?;
    Ok(draft)
}
