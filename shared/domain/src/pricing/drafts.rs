//! What an admin writes: settings, tax rates, shipping methods and discounts, with the rules that
//! concern several of their fields.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Currency, DiscountCode, DiscountValue, InvoiceAddress, MethodName, Percentage, ShopName, ShopSettings};
use crate::addresses::{Country, Region};
use crate::products::Category;
use crate::whole_number::deserialize_whole_number;
use crate::{FieldError, JsonObject, Money, Problem, Timestamp};

/// A number of days: 0 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 0, maximum = 365)]
pub struct Days(i32);

impl Days {
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let days = i32::try_from(deserialize_whole_number(from)?).ok().filter(|days| (0..=365).contains(days));
        days.map(Self).ok_or_else(|| de::Error::custom("must be a whole number from 0 to 365"))
    }
}

/// How often something may be used: at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, maximum = 2147483647)]
pub struct UseLimit(i32);

impl UseLimit {
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for UseLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let limit = i32::try_from(deserialize_whole_number(from)?).ok().filter(|limit| *limit >= 1);
        limit.map(Self).ok_or_else(|| de::Error::custom("must be a whole number from 1 to 2147483647"))
    }
}

/// The settings as an admin writes them, completely: what is omitted is empty.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShopSettingsDraft {
    /// The currency of all prices. Orders keep the one they were placed in; no amount is converted.
    currency: Currency,
    /// Orders without an address are taxed as if they went here.
    home_country: Country,
    /// Whether the prices of products and shipping include tax.
    prices_include_tax: bool,
    /// Whether an order must have a shipping address.
    address_required: bool,
    /// For how many days after delivery a customer may return goods.
    return_days: Days,
    /// For invoices.
    name: Option<ShopName>,
    /// For invoices.
    #[schema(value_type = Option<InvoiceAddress>)]
    address: Option<JsonObject<InvoiceAddress>>,
}

impl From<ShopSettingsDraft> for ShopSettings {
    fn from(draft: ShopSettingsDraft) -> Self {
        Self {
            currency: draft.currency,
            home_country: draft.home_country,
            prices_include_tax: draft.prices_include_tax,
            address_required: draft.address_required,
            return_days: draft.return_days.get(),
            name: draft.name,
            address: draft.address.map(|address| address.0),
        }
    }
}

/// A tax rate as an admin writes it.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaxRateDraft {
    pub country: Country,
    /// Only this region of the country.
    pub region: Option<Region>,
    /// Only products of this category; `shipping` is the category of shipping.
    pub category: Option<Category>,
    pub percentage: Percentage,
}

/// A shipping method as an admin writes it.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShippingMethodDraft {
    /// No two methods have the same.
    pub name: MethodName,
    pub price: Money,
    /// Free when the goods, less the discount, cost at least so much. Omitted: never.
    pub free_above: Option<Money>,
    /// Where it delivers. Omitted or empty: to every country.
    pub countries: Option<Vec<Country>>,
    /// The fewest days until delivery.
    pub min_days: Days,
    /// The most days until delivery: at least `minDays`.
    pub max_days: Days,
    /// Whether it is offered; default `true`.
    pub active: Option<bool>,
}

impl ShippingMethodDraft {
    /// # Errors
    /// 400, naming `maxDays`, when it is less than `minDays`.
    pub fn check(&self) -> Result<(), Problem> {
        if self.min_days <= self.max_days {
            return Ok(());
        }
        Err(Problem::invalid_field("maxDays", "must not be less than minDays"))
    }

    /// Where it delivers: each country once, in alphabetical order; none for every country.
    pub fn countries(&self) -> Vec<Country> {
        let mut countries = self.countries.clone().unwrap_or_default();
        countries.sort_unstable();
        countries.dedup();
        countries
    }
}

/// A discount as an admin writes it: exactly one of `percentage` and `amount`.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiscountDraft {
    /// In any case; no two discounts have the same.
    code: DiscountCode,
    /// Of the goods: more than 0.
    percentage: Option<Percentage>,
    /// Off the goods, at most their price: more than 0.
    amount: Option<Money>,
    /// What the goods must cost at least; default 0.
    minimum_subtotal: Option<Money>,
    /// From this instant. Omitted: at once.
    starts_at: Option<Timestamp>,
    /// Until this instant, which is no longer part of it. Omitted: for ever.
    ends_at: Option<Timestamp>,
    /// How many orders may use it. Omitted: any number.
    max_uses: Option<UseLimit>,
    /// How many orders of one customer may use it. Omitted: any number.
    max_uses_per_customer: Option<UseLimit>,
    /// Whether it can be used; default `true`.
    active: Option<bool>,
}

/// A valid discount, without what the shop counts and records about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscountTerms {
    pub code: DiscountCode,
    pub value: DiscountValue,
    pub minimum_subtotal: Money,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub max_uses: Option<i32>,
    pub max_uses_per_customer: Option<i32>,
    pub active: bool,
}

impl TryFrom<DiscountDraft> for DiscountTerms {
    type Error = Problem;

    /// Names all fields that do not fit together.
    fn try_from(draft: DiscountDraft) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut reject = |field: &str, message: &str| {
            errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        };
        let value = match (draft.percentage, draft.amount) {
            (Some(percentage), None) => Some(DiscountValue::Percentage(percentage)),
            (None, Some(amount)) => Some(DiscountValue::Amount(amount)),
            (Some(_), Some(_)) => {
                reject("percentage", "must not be set together with amount");
                reject("amount", "must not be set together with percentage");
                None
            }
            (None, None) => {
                reject("percentage", "must be set unless amount is");
                reject("amount", "must be set unless percentage is");
                None
            }
        };
        match value {
            Some(DiscountValue::Percentage(Percentage::ZERO)) => reject("percentage", "must be more than 0"),
            Some(DiscountValue::Amount(Money::ZERO)) => reject("amount", "must be more than 0"),
            _ => {}
        }
        if draft.starts_at.zip(draft.ends_at).is_some_and(|(start, end)| start >= end) {
            reject("endsAt", "must be later than startsAt");
        }
        match value.filter(|_| errors.is_empty()) {
            Some(value) => Ok(Self {
                code: draft.code,
                value,
                minimum_subtotal: draft.minimum_subtotal.unwrap_or_default(),
                starts_at: draft.starts_at,
                ends_at: draft.ends_at,
                max_uses: draft.max_uses.map(UseLimit::get),
                max_uses_per_customer: draft.max_uses_per_customer.map(UseLimit::get),
                active: draft.active.unwrap_or(true),
            }),
            None => Err(Problem::invalid_fields(errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rejected_fields(mut discount: Value) -> Vec<String> {
        discount["code"] = json!("spring");
        let draft: DiscountDraft = serde_json::from_value(discount).unwrap();
        let outcome = DiscountTerms::try_from(draft);
        let errors = outcome.err().map(|problem| problem.into_parts().errors).unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_discount_takes_off_one_of_two_things_in_a_span_of_time() {
        let (may, june) = ("2026-05-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z");
        for (discount, fields) in [
            (json!({"percentage": 10}), vec![]),
            (json!({"amount": 5, "startsAt": may, "endsAt": june}), vec![]),
            (json!({"amount": 0.01, "startsAt": june}), vec![]),
            (json!({}), vec!["percentage", "amount"]),
            (json!({"percentage": 10, "amount": 5}), vec!["percentage", "amount"]),
            (json!({"percentage": 0}), vec!["percentage"]),
            (json!({"amount": 0, "startsAt": june, "endsAt": may}), vec!["amount", "endsAt"]),
            (json!({"amount": 1, "startsAt": may, "endsAt": may}), vec!["endsAt"]),
        ] {
            assert_eq!(rejected_fields(discount.clone()), fields, "{discount}");
        }
    }

    #[test]
    fn a_method_delivers_within_a_span_of_days_and_names_a_country_once() {
        let method = |min: i32, max: i32| -> ShippingMethodDraft {
            let countries = ["fr", "DE", "FR"];
            let method =
                json!({"name": "Parcel", "price": 4.9, "minDays": min, "maxDays": max, "countries": countries});
            serde_json::from_value(method).unwrap()
        };
        assert!(method(2, 2).check().is_ok());
        assert_eq!(method(3, 2).check().unwrap_err().into_parts().errors[0].field, "maxDays");
        let countries: Vec<String> = method(1, 2).countries().into_iter().map(String::from).collect();
        assert_eq!(countries, ["DE", "FR"]);
    }

    #[test]
    fn limits_and_days_have_bounds() {
        for (json, days, limit) in [("0", true, false), ("1", true, true), ("365", true, true), ("366", false, true)] {
            assert_eq!(serde_json::from_str::<Days>(json).is_ok(), days, "{json} days");
            assert_eq!(serde_json::from_str::<UseLimit>(json).is_ok(), limit, "{json} uses");
        }
        for bad in ["-1", "1.5", "\"1\"", "2147483648"] {
            assert!(serde_json::from_str::<Days>(bad).is_err() && serde_json::from_str::<UseLimit>(bad).is_err());
        }
    }
}
