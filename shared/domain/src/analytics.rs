//! Behavior events and the dashboard that is computed from them.
//!
//! Anyone may send an event of any type, so revenue and review totals come only from the domain
//! events of the shop itself, through the [`EventEffect`] that each record carries: an
//! `order.confirmed` that a client invents is an event like any other and changes no revenue.

mod dashboard;
mod metadata_schema;
mod record;
mod rollup_delta;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::{InvalidText, is_invisible};
use crate::{EventId, Money, ProductId, Timestamp, UserId};

pub use dashboard::{DashboardTotals, DayTotals, Days, build_dashboard};
pub use record::{AnalyticsRecord, EventEffect, OrderAmounts, ProductSalesDelta, UnusableEvent, to_analytics_record};
pub use rollup_delta::{PendingEvent, RollupDelta};

/// The most bytes of metadata, as JSON.
pub const MAX_METADATA_BYTES: usize = 8 * 1024;
/// How deep metadata may nest, the object itself included.
pub const MAX_METADATA_DEPTH: usize = 5;

/// Two to the power of 63: the first whole number that is no `i64`.
const I64_BOUND: f64 = 9_223_372_036_854_775_808.0;

/// The steps of the funnel from viewing to buying, in order, by the event types that mark them.
pub const FUNNEL: [(&str, &str); 4] = [
    ("view", "product.view"),
    ("basket", "basket.add"),
    ("checkout", "checkout.start"),
    ("purchase", "order.confirmed"),
];

/// The kind of event: `product.view`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9_.]{0,63}$")]
pub struct EventType(String);

impl EventType {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EventType {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        let rest = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.');
        if (1..=64).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(rest) {
            return Ok(Self(text));
        }
        Err(InvalidText("must match ^[a-z][a-z0-9_.]{0,63}$".to_owned()))
    }
}

impl From<EventType> for String {
    fn from(kind: EventType) -> String {
        kind.0
    }
}

/// What a client adds to an event: a small object that no store can mistake for a query operator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl TryFrom<Map<String, Value>> for Metadata {
    type Error = InvalidText;
    fn try_from(map: Map<String, Value>) -> Result<Self, InvalidText> {
        let value = Value::Object(map);
        validate_metadata(&value, 1).map_err(|why| InvalidText(why.to_owned()))?;
        let Value::Object(map) = value else { return Ok(Self::default()) };
        // Maps of JSON values always have a JSON form.
        if serde_json::to_vec(&map).map_or(0, |bytes| bytes.len()) > MAX_METADATA_BYTES {
            return Err(InvalidText(format!("must be at most {MAX_METADATA_BYTES} bytes of JSON")));
        }
        Ok(Self(map))
    }
}

fn validate_metadata(value: &Value, depth: usize) -> Result<(), &'static str> {
    let nested = matches!(value, Value::Object(_) | Value::Array(_));
    if nested && depth > MAX_METADATA_DEPTH {
        return Err("must be nested at most 5 levels deep");
    }
    match value {
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            if key.is_empty() || key.contains(['$', '.']) {
                return Err("must not have empty keys or keys with $ or .");
            }
            // A key must be one line. Values are the client's own text and never become a heading.
            if key.contains(is_invisible) {
                return Err("must not have keys with control or invisible characters");
            }
            validate_metadata(value, depth + 1)
        }),
        Value::Array(values) => values.iter().try_for_each(|value| validate_metadata(value, depth + 1)),
        // Integers past i64 have no BSON form: they would be read back changed. JSON does not
        // distinguish them from other numbers, so neither does this check. A number slightly past
        // the range is parsed as the number at its end, so the ends are rejected too.
        Value::Number(number) if !number.is_i64() && !number.as_f64().is_some_and(|n| n.abs() < I64_BOUND) => {
            Err("must not contain numbers outside of -9223372036854775808 to 9223372036854775807")
        }
        _ => Ok(()),
    }
}

/// An event as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackedEvent {
    /// The client's `eventId`, or a generated one.
    pub id: EventId,
    /// The user whose token was sent with it; none for anonymous visitors.
    pub user_id: Option<UserId>,
    pub event_type: String,
    /// The client's own fields.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// When the server received it.
    pub timestamp: Timestamp,
}

/// How often an event type occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventTypeCount {
    #[serde(rename = "type")]
    pub kind: String,
    pub count: i64,
}

/// How much happened on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DailyEventCount {
    /// The day in UTC, such as `2026-01-31`.
    pub day: String,
    pub count: i64,
}

/// The sales of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DailySales {
    /// The day in UTC, such as `2026-01-31`.
    pub day: String,
    /// Orders confirmed on this day, minus orders of any day that were cancelled on this day.
    pub orders: i64,
    /// Gross minus refunds; negative if more was refunded than earned.
    #[schema(value_type = f64)]
    pub revenue: Money,
    /// The totals of the orders confirmed on this day.
    #[schema(value_type = f64)]
    pub gross_revenue: Money,
    /// Money refunded on this day: refunds, and the refunds of cancelled orders.
    #[schema(value_type = f64)]
    pub refunds: Money,
    /// Discounts of the orders confirmed on this day, minus those of orders cancelled on this day; so
    /// may be negative, as `shipping` and `tax`. Refunds change none of the three.
    #[schema(value_type = f64)]
    pub discounts: Money,
    /// What these orders paid for shipping.
    #[schema(value_type = f64)]
    pub shipping: Money,
    /// The tax on their goods and shipping, included in the prices or not.
    #[schema(value_type = f64)]
    pub tax: Money,
}

/// How active a user was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEventCount {
    pub user_id: UserId,
    pub count: i64,
}

/// How a product sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductSales {
    pub product_id: ProductId,
    /// Its name when it was last sold.
    pub name: String,
    /// Units sold, minus units of cancelled orders.
    pub quantity: i64,
    /// Revenue, minus that of cancelled orders.
    #[schema(value_type = f64)]
    pub revenue: Money,
}

/// Reviews written in the period, as they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewMetrics {
    pub count: i64,
    /// The mean rating with two decimals; 0 without reviews.
    pub average: f64,
}

/// A step of the funnel and how often it was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FunnelStep {
    /// `view`, `basket`, `checkout`, `purchase`.
    pub step: String,
    pub count: i64,
}

/// The days that a dashboard covers, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Period {
    /// Midnight UTC of the first day.
    pub from: Timestamp,
    /// The time of the request.
    pub to: Timestamp,
}

/// The totals of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    pub period: Period,
    pub total_events: i64,
    /// Ordered by count, most frequent first.
    pub events_by_type: Vec<EventTypeCount>,
    /// One entry a day, oldest first, days without events included.
    pub events_by_day: Vec<DailyEventCount>,
    /// One entry a day, oldest first, days without sales included. Sums up to `orders` and `revenue`.
    pub sales_by_day: Vec<DailySales>,
    /// The ten most active users; among equally active ones, the earliest first.
    pub top_users: Vec<UserEventCount>,
    /// Gross minus refunds, each counted on its own day.
    #[schema(value_type = f64)]
    pub revenue: Money,
    /// Totals of confirmed orders, by the day of confirmation.
    #[schema(value_type = f64)]
    pub gross_revenue: Money,
    /// Refunded money by the day of the refund: refunds, and the refunds of cancelled orders.
    #[schema(value_type = f64)]
    pub refunds: Money,
    /// Discounts of confirmed orders by the day of confirmation, minus those of cancelled ones by the day
    /// of cancellation. Refunds do not change them.
    #[schema(value_type = f64)]
    pub discounts: Money,
    /// What these orders paid for shipping.
    #[schema(value_type = f64)]
    pub shipping: Money,
    /// The tax on their goods and shipping, included in the prices or not.
    #[schema(value_type = f64)]
    pub tax: Money,
    /// Confirmed orders minus cancelled ones.
    pub orders: i64,
    /// Net revenue per order, rounded to the cent.
    #[schema(value_type = f64)]
    pub average_order_value: Money,
    /// The ten best sellers by revenue.
    pub top_products: Vec<ProductSales>,
    pub reviews: ReviewMetrics,
    /// From viewing to buying.
    pub funnel: Vec<FunnelStep>,
    /// When this dashboard was computed.
    pub generated_at: Timestamp,
}

#[cfg(test)]
mod tests;
