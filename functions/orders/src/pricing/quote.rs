//! `POST /api/orders/quote`

use axum::extract::State;
use domain::addresses::Address;
use domain::orders::BasketLine;
use domain::pricing::{self, Discount, DiscountCode, NamedDiscount, Quote, QuoteLines};
use domain::{Money, Problem, ProductId, ShippingMethodId, UserId};
use serde::Deserialize;
use store_postgres::pricing_rules::discounts;
use web::{Body, Json, MaybeCustomer};

use crate::App;

/// What is to be bought, and where it goes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QuoteOrder {
    /// 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: QuoteLines,
    /// Omitted: taxed as if it went to the shop's own country, and not shipped unless a method is named.
    shipping_address: Option<Address>,
    /// Omitted: the cheapest one to the address.
    shipping_method_id: Option<ShippingMethodId>,
    discount_code: Option<DiscountCode>,
}

/// What an order would cost now; nothing is reserved
///
/// What would keep it from being placed is in `problems`. With a token, a discount's limit per customer
/// counts that customer's orders.
#[utoipa::path(
    post, path = "/api/orders/quote", request_body = QuoteOrder,
    responses((status = 200, description = "The price, with problems if it could not be ordered", body = Quote))
)]
pub(crate) async fn quote_order(
    State(app): State<App>,
    MaybeCustomer(caller): MaybeCustomer,
    body: Body<QuoteOrder>,
) -> web::Result<Json<Quote>> {
    let QuoteOrder { items: lines, shipping_address, shipping_method_id: method, discount_code } = body.value;
    let products: Vec<ProductId> = lines.basket().lines().map(|(product, _)| product).collect();
    let catalog = async {
        let mut db = app.productdb.acquire().await?;
        Ok::<_, Problem>(store_postgres::pricing::prices_for(&mut db, &products).await?)
    };
    let rules = async {
        let rules = app.pricing_rules.recent(app.checkout.orders()).await?;
        let found = app.find_named_discount(discount_code.as_ref(), caller.map(|caller| caller.id)).await?;
        Ok((rules, found))
    };
    let (catalog, (rules, found)) = futures::future::try_join(catalog, rules).await?;
    let discount = match (&discount_code, &found) {
        (None, _) => NamedDiscount::None,
        (Some(_), None) => NamedDiscount::Unknown,
        (Some(_), Some((discount, customer_uses))) => NamedDiscount::Found { discount, customer_uses: *customer_uses },
    };
    let request = pricing::QuoteRequest { lines: &lines, address: shipping_address.as_ref(), method, discount };
    let quote = pricing::quote(request, &catalog, &rules, app.clock.now());
    let currency = rules.settings.currency;
    let too_large =
        || Problem::invalid_field("items", format!("the total must not exceed {}", currency.format(Money::MAX)));
    Ok(Json(quote.ok_or_else(too_large)?))
}

impl App {
    /// The discount of a code, and how many uses of it the customer's orders hold.
    async fn find_named_discount(
        &self,
        code: Option<&DiscountCode>,
        customer: Option<UserId>,
    ) -> Result<Option<(Discount, i32)>, Problem> {
        let Some(code) = code else { return Ok(None) };
        let mut db = self.checkout.orders().acquire().await?;
        Ok(discounts::find_for_customer(&mut db, code, customer).await?)
    }
}
