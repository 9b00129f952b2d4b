//! Converts domain events to analytics events, with their effect on the totals.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::TrackedEvent;
use crate::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, OrderSummary, Queue, RefundIssued, ReviewChangeKind, ReviewChanged,
};
use crate::orders::{MAX_BASKET_LINES, MAX_LINE_QUANTITY, OrderEventLine, OrderStatus};
use crate::reviews::Rating;
use crate::{Money, ProductId};

/// What a domain event adds to the totals, in addition to being counted as an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventEffect {
    /// The day on which it is booked if that is not the event's own day: a review counts on the day
    /// it was written, whenever it is changed or deleted.
    pub day: Option<String>,
    /// Orders: 1 confirmed, -1 cancelled.
    pub orders: i64,
    /// Revenue in cents, minus refunds.
    pub revenue_cents: i64,
    /// The refunded part of that, in cents, from which the gross is computed. Effects and totals
    /// written before this field existed have none, and their revenue contains no refunds.
    pub refunds_cents: i64,
    /// Purchases made; a purchase that is cancelled later still counts.
    pub purchases: i64,
    /// Reviews: 1 written, -1 deleted.
    pub reviews: i64,
    /// The sum of the ratings of those reviews.
    pub stars: i64,
    /// Units sold by product.
    pub sold: Vec<ProductSalesDelta>,
    /// What the order's total contains; effects of the version before have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts: Option<OrderAmounts>,
}

/// What the totals of orders contain besides the price of their goods, in cents. Negative for an order
/// that was cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderAmounts {
    /// What was taken off the goods.
    pub discounts_cents: i64,
    /// With its tax if prices include tax.
    pub shipping_cents: i64,
    /// On goods and shipping, included in their prices or not.
    pub tax_cents: i64,
}

impl OrderAmounts {
    /// The same for an order that was cancelled.
    #[must_use]
    pub const fn taken_back(self) -> Self {
        Self {
            discounts_cents: -self.discounts_cents,
            shipping_cents: -self.shipping_cents,
            tax_cents: -self.tax_cents,
        }
    }
}

impl AddAssign for OrderAmounts {
    fn add_assign(&mut self, more: Self) {
        self.discounts_cents += more.discounts_cents;
        self.shipping_cents += more.shipping_cents;
        self.tax_cents += more.tax_cents;
    }
}

/// Units of one product sold; negative when they are returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductSalesDelta {
    pub product_id: ProductId,
    /// Its name when it was sold.
    pub name: String,
    pub quantity: i64,
    /// The price of these units, in cents.
    pub revenue_cents: i64,
}

/// A domain event as analytics stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalyticsRecord {
    pub event: TrackedEvent,
    /// What it adds to the totals.
    pub effect: Option<EventEffect>,
}

/// A message that analytics cannot use; the reason is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not for analytics: {0}")]
pub struct UnusableEvent(&'static str);

/// Converts a domain event from the queue to the record that is stored.
///
/// # Errors
/// When the event is not meant for analytics, or has impossible numbers: totals that include such
/// numbers could not be repaired.
pub fn to_analytics_record(event: EventEnvelope) -> Result<AnalyticsRecord, UnusableEvent> {
    if !event.payload.queues().contains(&Queue::Analytics) {
        return Err(UnusableEvent("an event of this kind goes to other queues"));
    }
    let kind = event.payload.name().to_owned();
    let (user, metadata, effect) = match &event.payload {
        DomainEvent::OrderStatusChanged(order) => (order.user_id, order_metadata(order), order_effect(order)?),
        DomainEvent::RefundIssued(refund) => (refund.user_id, refund_metadata(refund)?, Some(refund_effect(refund)?)),
        DomainEvent::ReviewChanged(review) => (review.user_id, review_metadata(review), Some(review_effect(review)?)),
        DomainEvent::OrderTakenOver(order) => (order.user_id, json!({ "orderId": order.order_id }), None),
        DomainEvent::ReturnChanged(_)
        | DomainEvent::StockChanged(_)
        | DomainEvent::RatingChanged(_)
        | DomainEvent::ProductChanged(_)
        | DomainEvent::VerificationRequested(_) => {
            return Err(UnusableEvent("an event of another group"));
        }
    };
    let Value::Object(metadata) = metadata else { return Err(UnusableEvent("metadata that is not an object")) };
    let event =
        TrackedEvent { id: event.event_id, user_id: Some(user), event_type: kind, metadata, timestamp: event.at };
    Ok(AnalyticsRecord { event, effect })
}

/// Revenue rises with a confirmed order and falls by what its cancellation refunds: earlier refunds
/// have already left revenue. An order that was never confirmed earned nothing.
fn order_effect(order: &OrderStatusChanged) -> Result<Option<EventEffect>, UnusableEvent> {
    let total = checked_cents(order.total_cents)?;
    if order.items.len() > MAX_BASKET_LINES {
        return Err(UnusableEvent("an order of more lines than one may have"));
    }
    let refunded = checked_cents(order.refunded_cents)?;
    if refunded > total {
        return Err(UnusableEvent("more refunded than the order cost"));
    }
    let (sign, taken, given_back) = match (order.status, order.was) {
        (OrderStatus::Confirmed, _) => (1, total, 0),
        (OrderStatus::Cancelled, Some(OrderStatus::Confirmed)) => (-1, 0, refunded),
        _ => return Ok(None),
    };
    let sold = order.items.iter().map(|line| sales_delta(line, sign)).collect::<Result<_, _>>()?;
    let amounts = order.summary.as_deref().map(order_amounts).transpose()?;
    Ok(Some(EventEffect {
        orders: sign,
        revenue_cents: taken - given_back,
        refunds_cents: given_back,
        purchases: sign.max(0),
        sold,
        amounts: amounts.map(|amounts| if sign < 0 { amounts.taken_back() } else { amounts }),
        ..EventEffect::default()
    }))
}

fn order_amounts(summary: &OrderSummary) -> Result<OrderAmounts, UnusableEvent> {
    Ok(OrderAmounts {
        discounts_cents: checked_cents(summary.discount_cents)?,
        shipping_cents: checked_cents(summary.shipping_cents)?,
        tax_cents: checked_cents(summary.tax_cents)?,
    })
}

/// Booked on the day of the refund, whenever the order was placed.
fn refund_effect(refund: &RefundIssued) -> Result<EventEffect, UnusableEvent> {
    let given_back = checked_cents(refund.amount_cents)?;
    Ok(EventEffect { revenue_cents: -given_back, refunds_cents: given_back, ..EventEffect::default() })
}

fn sales_delta(line: &OrderEventLine, sign: i64) -> Result<ProductSalesDelta, UnusableEvent> {
    // Duplicate lines of a basket are summed, so one line may exceed the maximum of a line many
    // times.
    let most = i64::from(MAX_LINE_QUANTITY) * MAX_BASKET_LINES as i64;
    let quantity = i64::from(line.quantity);
    let price = Money::from_cents(checked_cents(line.price_cents)?);
    let revenue = price.checked_mul(quantity).filter(|_| (1..=most).contains(&quantity));
    let revenue = revenue.ok_or(UnusableEvent("a line of an impossible quantity"))?;
    let (product_id, name) = (line.product_id, line.name.clone());
    Ok(ProductSalesDelta { product_id, name, quantity: sign * quantity, revenue_cents: sign * revenue.cents() })
}

fn review_effect(review: &ReviewChanged) -> Result<EventEffect, UnusableEvent> {
    let stars = |rating: u8| match Rating::new(i64::from(rating)) {
        Ok(stars) => Ok(i64::from(stars.get())),
        Err(_) => Err(UnusableEvent("a rating outside of 1 to 5")),
    };
    let rating = stars(review.rating)?;
    let (reviews, stars) = match review.change {
        ReviewChangeKind::Created => (1, rating),
        ReviewChangeKind::Updated => (0, rating - review.previous_rating.map_or(Ok(rating), stars)?),
        ReviewChangeKind::Deleted => (-1, -rating),
    };
    Ok(EventEffect { day: Some(review.review_id.created_at().day()), reviews, stars, ..EventEffect::default() })
}

fn checked_cents(cents: i64) -> Result<i64, UnusableEvent> {
    (0..=Money::MAX.cents()).contains(&cents).then_some(cents).ok_or(UnusableEvent("an impossible amount"))
}

fn order_metadata(order: &OrderStatusChanged) -> Value {
    let item = |line: &OrderEventLine| {
        let price = Money::from_cents(line.price_cents);
        json!({ "productId": line.product_id, "name": line.name, "quantity": line.quantity, "price": price })
    };
    let items: Vec<Value> = order.items.iter().map(item).collect();
    json!({ "orderId": order.order_id, "total": order.total(), "items": items })
}

fn refund_metadata(refund: &RefundIssued) -> Result<Value, UnusableEvent> {
    let amount = Money::from_cents(checked_cents(refund.amount_cents)?);
    Ok(json!({ "orderId": refund.order_id, "amount": amount }))
}

fn review_metadata(review: &ReviewChanged) -> Value {
    let mut members = Map::new();
    members.insert("reviewId".to_owned(), json!(review.review_id));
    members.insert("productId".to_owned(), json!(review.product_id));
    members.insert("rating".to_owned(), json!(review.rating));
    if let Some(previous) = review.previous_rating {
        members.insert("previousRating".to_owned(), json!(previous));
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests;
