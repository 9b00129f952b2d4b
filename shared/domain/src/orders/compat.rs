//! Decodes orders as earlier versions stored them in the outcomes of idempotency keys: they had paid
//! for their goods only, in euros.

use serde::Deserialize;

use super::{Order, OrderLine, OrderStatus};
use crate::addresses::Address;
use crate::pricing::{Currency, DiscountCode, MethodName, Percentage};
use crate::users::Email;
use crate::{Money, OrderId, ProductId, Timestamp, UserId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderCompat {
    id: OrderId,
    user_id: UserId,
    #[serde(default)]
    currency: Currency,
    /// The first of the fields that came with prices of more than goods.
    subtotal: Option<Money>,
    #[serde(default)]
    discount: Money,
    #[serde(default)]
    shipping: Money,
    #[serde(default)]
    shipping_tax: Money,
    #[serde(default)]
    tax: Money,
    #[serde(default = "tax_included")]
    tax_included: bool,
    total: Money,
    status: OrderStatus,
    shipping_address: Option<Address>,
    email: Option<Email>,
    shipping_method: Option<MethodName>,
    discount_code: Option<DiscountCode>,
    created_at: Timestamp,
    updated_at: Timestamp,
    items: Vec<OrderLine>,
}

const fn tax_included() -> bool {
    true
}

impl From<OrderCompat> for Order {
    fn from(stored: OrderCompat) -> Self {
        Self {
            id: stored.id,
            user_id: stored.user_id,
            currency: stored.currency,
            subtotal: stored.subtotal.unwrap_or(stored.total),
            discount: stored.discount,
            shipping: stored.shipping,
            shipping_tax: stored.shipping_tax,
            tax: stored.tax,
            tax_included: stored.tax_included,
            total: stored.total,
            status: stored.status,
            shipping_address: stored.shipping_address,
            email: stored.email,
            shipping_method: stored.shipping_method,
            discount_code: stored.discount_code,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            items: stored.items,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderLineCompat {
    product_id: ProductId,
    name: String,
    quantity: i32,
    price: Money,
    #[serde(default)]
    discount: Money,
    #[serde(default)]
    tax: Money,
    #[serde(default)]
    tax_rate: Percentage,
    total: Option<Money>,
}

impl From<OrderLineCompat> for OrderLine {
    fn from(stored: OrderLineCompat) -> Self {
        let OrderLineCompat { product_id, name, quantity, price, discount, tax, tax_rate, total } = stored;
        let goods = Self::goods(product_id, name, quantity, price);
        Self { discount, tax, tax_rate, total: total.unwrap_or(goods.total), ..goods }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the version before stored it.
    const STORED: &str = r#"{"id":17,"userId":3,"total":46.48,"status":"confirmed",
        "createdAt":"2026-11-20T10:00:00.000Z","updatedAt":"2026-11-20T10:00:00.250Z",
        "items":[{"productId":5,"name":"Tea","quantity":2,"price":12.99},
                 {"productId":6,"name":"Cup","quantity":1,"price":20.5}]}"#;

    #[test]
    fn an_order_of_the_version_before_has_paid_for_its_goods_only() {
        let order: Order = serde_json::from_str(STORED).unwrap();
        assert_eq!(order.currency, Currency::EUR);
        assert_eq!((order.subtotal, order.total), (Money::from_cents(4648), Money::from_cents(4648)));
        assert_eq!([order.discount, order.shipping, order.shipping_tax, order.tax], [Money::ZERO; 4]);
        assert!(order.tax_included);
        assert_eq!(order.items[0].total, Money::from_cents(2598));
        assert_eq!((order.items[1].tax, order.items[1].tax_rate), (Money::ZERO, Percentage::ZERO));
        assert_eq!((order.shipping_address.as_ref(), order.discount_code.as_ref()), (None, None));
    }

    #[test]
    fn an_order_is_the_same_after_json() {
        let mut order: Order = serde_json::from_str(STORED).unwrap();
        order.shipping_address = serde_json::from_value(serde_json::json!({
            "name": "Ada", "line1": "Street 1", "city": "Berlin", "postalCode": "10115", "country": "DE"
        }))
        .unwrap();
        order.currency = "CHF".to_owned().try_into().unwrap();
        order.discount = Money::from_cents(100);
        order.tax_included = false;
        order.discount_code = Some("WELCOME".to_owned().try_into().unwrap());
        order.items[0].tax_rate = Percentage::from_basis_points(1900);
        order.items[0].total = Money::from_cents(2498);
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
    }
}
