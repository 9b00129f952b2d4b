//! `POST /api/orders`

use axum::extract::State;
use axum::response::Response;
use checkout::PlaceOutcome;
use domain::addresses::Address;
use domain::idempotency::{IdempotencyKey, Idempotent};
use domain::orders::{self, Basket, BasketLine, Order, OrderDraft, OrderRequest};
use domain::payments::{PaymentError, PaymentMethod};
use domain::pricing::{DiscountCode, PricingRules};
use domain::users::Email;
use domain::{JsonObject, Problem, ProblemKind, ProductId, RoundedMoney, ShippingMethodId, UserId};
use serde::Deserialize;
use store_postgres::pricing;
use store_postgres::pricing_rules::discounts;
use web::{Body, Buyer, Created, IdempotencyHeader, Result, respond};

use crate::App;

/// The basket, where it goes, and how it is paid.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: Basket,
    /// The total that the client showed its user: 409 `price_changed` when it is not the price.
    total: Option<RoundedMoney>,
    /// Decides tax and shipping. Without it, the order is taxed as one to the shop's country, and has
    /// shipping only if it names a method.
    shipping_address: Option<Address>,
    /// One that delivers to the address; the cheapest one when omitted.
    shipping_method_id: Option<ShippingMethodId>,
    /// In upper or lower case.
    discount_code: Option<DiscountCode>,
    /// Where mails about this order go; the customer's own address when omitted.
    email: Option<Email>,
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
/// carries `items`; 409 `price_changed` carries the current `total` and a `quote` with all amounts.
/// 409 `unknown_shipping_method`, `shipping_unavailable` and `discount_unknown`, `…_not_started`,
/// `…_ended`, `…_below_minimum`, `…_used_up`, `…_used_by_customer` name the field in `errors`.
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
    caller: Buyer,
    header: IdempotencyHeader,
    mut body: Body<PlaceOrder>,
) -> Result<Response> {
    body.value.email = body.value.email.take().or(caller.guest_email);
    let key = header.key(caller.id, "orders", "/api/orders", &body.bytes);
    let placed = place(&app, key, caller.id, &body.value).await?;
    Ok(respond(placed, |placed| match placed {
        PlaceOutcome::Confirmed(order) => Ok(Created { location: format!("/api/orders/{}", order.id), value: order }),
        PlaceOutcome::Declined(order, reason) => {
            Err(Problem::from(PaymentError::Declined(reason)).with_extension("order", order))
        }
    }))
}

/// Prices and places an order by the rules that this instance keeps. When they turn out to be old, or
/// refuse the order, it is priced once more by the latest.
async fn place(
    app: &App,
    key: Option<IdempotencyKey>,
    user: UserId,
    request: &PlaceOrder,
) -> Result<Idempotent<PlaceOutcome>, Problem> {
    let orderdb = app.checkout.orders();
    let method = request.payment.as_ref().and_then(|payment| payment.0.method.clone()).unwrap_or_default();
    let mut rules = app.pricing_rules.recent(orderdb).await?;
    for is_last in [false, true] {
        match price(app, request, &rules).await {
            Ok(draft) => {
                if let Some(placed) = app.checkout.place(key.as_ref(), user, &draft, &method).await? {
                    return Ok(placed);
                }
            }
            Err(rejected) if is_last || !may_depend_on_rules(&rejected) => {
                // A repeated request gets the first one's outcome, whatever the prices are by now.
                return app.checkout.run_idempotent(key, |_claim| async { Err(rejected) }).await;
            }
            Err(_) => {}
        }
        if !is_last {
            rules = app.pricing_rules.reload(orderdb).await?;
        }
    }
    Err(Problem::unavailable("the rules of prices changed again while an order was priced by the latest"))
}

fn may_depend_on_rules(rejected: &Problem) -> bool {
    [ProblemKind::Conflict, ProblemKind::Invalid].contains(&rejected.kind())
}

/// What the order costs now, by these rules.
async fn price(app: &App, request: &PlaceOrder, rules: &PricingRules) -> Result<OrderDraft, Problem> {
    let products: Vec<ProductId> = request.items.lines().map(|(product, _)| product).collect();
    let catalog = async {
        let mut db = app.productdb.acquire().await?;
        pricing::prices_for(&mut db, &products).await
    };
    let discount = async {
        let Some(code) = &request.discount_code else { return Ok(None) };
        let mut db = app.checkout.orders().acquire().await?;
        discounts::find_discount(&mut db, code).await
    };
    let (catalog, discount) = futures::future::try_join(catalog, discount).await?;
    let request = OrderRequest {
        basket: &request.items,
        address: request.shipping_address.as_ref(),
        email: request.email.as_ref(),
        shipping_method: request.shipping_method_id,
        discount_code: request.discount_code.as_ref(),
        client_total: request.total.map(|total| total.0),
    };
    Ok(orders::price_order(&request, &catalog, rules, discount.as_ref(), app.clock.now())?)
}
