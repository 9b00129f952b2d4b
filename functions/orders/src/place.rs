//! `POST /api/orders`

use axum::extract::State;
use checkout::Placed;
use domain::orders::{self, Basket, Order, Wanted};
use domain::payments::{Method, Refused};
use domain::{Problem, ProductId, Rounded};
use serde::Deserialize;
use web::{Body, Created, Customer, Result};

use crate::App;

/// What is wanted, and how it is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<Wanted>,
    /// What the client showed its user: refused with 409 when it is not what it costs.
    total: Option<Rounded>,
    /// `tok_visa` unless told.
    payment: Option<PaymentChoice>,
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
    responses(
        (status = 201, body = Order), (status = 402, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn place_order(
    State(app): State<App>, caller: Customer, body: Body<PlaceOrder>,
) -> Result<Created<Order>> {
    let PlaceOrder { items, total, payment } = body.value;
    let basket = Basket::of(&items)?;
    let method = payment.and_then(|payment| payment.method).unwrap_or_default();

    let products: Vec<ProductId> = basket.lines().map(|(product, _)| product).collect();
    let mut db = app.catalogue.acquire().await?;
    let catalogue = postgres::pricing::of(&mut db, &products).await?;
    drop(db);
    let draft = orders::place(&basket, &catalogue, total.map(|total| total.0))?;

    match app.checkout.place(caller.id, draft, &method).await? {
        Placed::Confirmed(order) => Ok(Created { location: format!("/api/orders/{}", order.id), value: order }),
        Placed::Declined(order, reason) => {
            Err(Problem::from(Refused::Declined(reason)).with("order", order).into())
        }
    }
}
