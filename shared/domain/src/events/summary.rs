//! What an order costs besides its goods and where it goes, as its events carry it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::addresses::Address;
use crate::orders::Order;
use crate::users::Email;

/// The sums of an order in cents, and its copies of the addresses. Events of the version before have none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderSummary {
    /// Quantity times price of all lines.
    pub subtotal_cents: i64,
    pub discount_cents: i64,
    pub shipping_cents: i64,
    /// The tax on shipping, which is part of `tax_cents`.
    pub shipping_tax_cents: i64,
    pub tax_cents: i64,
    /// Whether prices and shipping include their tax.
    pub tax_included: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_code: Option<String>,
    /// The name that the method had when the order was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<String>,
    /// Absent, too, if it breaks a rule of this version: an event is not lost for that.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "valid_or_none")]
    pub shipping_address: Option<Address>,
    /// Where to write about the order; absent for the same reason, and if the order has none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "valid_or_none")]
    pub email: Option<Email>,
}

/// What breaks a rule of this version counts as absent.
pub(super) fn valid_or_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<&Order> for OrderSummary {
    fn from(order: &Order) -> Self {
        Self {
            subtotal_cents: order.subtotal.cents(),
            discount_cents: order.discount.cents(),
            shipping_cents: order.shipping.cents(),
            shipping_tax_cents: order.shipping_tax.cents(),
            tax_cents: order.tax.cents(),
            tax_included: order.tax_included,
            discount_code: order.discount_code.clone().map(String::from),
            shipping_method: order.shipping_method.clone().map(String::from),
            shipping_address: order.shipping_address.clone(),
            email: order.email.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_summary_is_the_same_after_json_and_survives_an_address_of_other_rules() {
        let address =
            json!({"name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": "10115", "country": "DE"});
        let mut value = json!({
            "subtotalCents": 1000, "discountCents": 100, "shippingCents": 500, "shippingTaxCents": 80, "taxCents": 224,
            "taxIncluded": true, "discountCode": "TEN", "shippingMethod": "Express", "shippingAddress": address,
            "email": "ada@example.org"
        });
        let summary: OrderSummary = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&summary).unwrap(), value);
        value["shippingAddress"]["floor"] = json!(3);
        value["email"] = json!("nobody");
        let lenient: OrderSummary = serde_json::from_value(value).unwrap();
        assert_eq!(lenient, OrderSummary { shipping_address: None, email: None, ..summary });
    }
}
