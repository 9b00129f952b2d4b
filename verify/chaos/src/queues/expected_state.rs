//! The state that processing each event once leads to.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, Queue, RatingChanged, ReviewChangeKind, ReviewChanged, StockChanged,
};
use domain::notifications::render;
use domain::orders::OrderStatus;

/// The state expected in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ExpectedState {
    /// The number of notifications, by customer, order and kind.
    pub(super) notifications: BTreeMap<(i32, i32, String), usize>,
    /// Analytics events, by type.
    pub(super) events_by_type: BTreeMap<String, i64>,
    /// Analytics events, by user.
    pub(super) events_by_user: BTreeMap<i32, i64>,
    pub(super) orders: i64,
    pub(super) revenue_cents: i64,
    /// Remaining reviews, and the sum of their ratings.
    pub(super) reviews: (i64, i64),
    /// Stock, and count and sum of the ratings, by product; of the newest version.
    pub(super) products: BTreeMap<i32, (i32, i64, i64)>,
}

/// The state after each of these events was processed once.
pub(super) fn expected_state(events: &[EventEnvelope], products: &[ProductId]) -> ExpectedState {
    let mut known = ExpectedState::default();
    let mut newest: BTreeMap<i32, _> = products.iter().map(|id| (id.get(), initial_products(*id))).collect();
    for event in events {
        if let Some(draft) = render(&event.payload) {
            let key = (draft.user_id.get(), draft.order_id.get(), draft.kind.to_owned());
            *known.notifications.entry(key).or_default() += 1;
        }
        match &event.payload {
            DomainEvent::OrderStatusChanged(order) => count_order(&mut known, order),
            DomainEvent::RefundIssued(refund) => {
                *known.events_by_user.entry(refund.user_id.get()).or_default() += 1;
                known.revenue_cents -= refund.amount_cents;
            }
            DomainEvent::ReviewChanged(review) => count_review(&mut known, review),
            DomainEvent::StockChanged(stock) => {
                let newest = newest.entry(stock.product_id.get()).or_insert_with(|| initial_products(stock.product_id));
                newest.0 = if stock.version > newest.0.version { *stock } else { newest.0 };
            }
            DomainEvent::RatingChanged(rating) => {
                let newest =
                    newest.entry(rating.product_id.get()).or_insert_with(|| initial_products(rating.product_id));
                newest.1 = if rating.version > newest.1.version { *rating } else { newest.1 };
            }
            DomainEvent::OrderTakenOver(order) => *known.events_by_user.entry(order.user_id.get()).or_default() += 1,
            DomainEvent::ReturnChanged(_) | DomainEvent::ProductChanged(_) | DomainEvent::VerificationRequested(_) => {}
        }
        if event.payload.queues().contains(&Queue::Analytics) {
            *known.events_by_type.entry(event.payload.name().to_owned()).or_default() += 1;
        }
    }
    known.products = newest
        .into_iter()
        .map(|(product, (stock, rating))| (product, (stock.available, rating.count, rating.sum)))
        .collect();
    known
}

fn initial_products(product_id: ProductId) -> (StockChanged, RatingChanged) {
    let stock = StockChanged { product_id, available: 0, version: 0 };
    (stock, RatingChanged { product_id, count: 0, sum: 0, version: 0 })
}

fn count_order(known: &mut ExpectedState, order: &OrderStatusChanged) {
    *known.events_by_user.entry(order.user_id.get()).or_default() += 1;
    let sign = match (order.status, order.was) {
        (OrderStatus::Confirmed, _) => 1,
        (OrderStatus::Cancelled, Some(OrderStatus::Confirmed)) => -1,
        _ => return,
    };
    known.orders += sign;
    known.revenue_cents += if sign > 0 { order.total_cents } else { -order.refunded_cents };
}

fn count_review(known: &mut ExpectedState, review: &ReviewChanged) {
    *known.events_by_user.entry(review.user_id.get()).or_default() += 1;
    let rating = i64::from(review.rating);
    let (reviews, stars) = match review.change {
        ReviewChangeKind::Created => (1, rating),
        ReviewChangeKind::Updated => (0, rating - review.previous_rating.map_or(rating, i64::from)),
        ReviewChangeKind::Deleted => (-1, -rating),
    };
    known.reviews = (known.reviews.0 + reviews, known.reviews.1 + stars);
}
