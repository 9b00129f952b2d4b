//! Sets whether a review is of a verified purchase, checked again whenever that may have changed.
//!
//! A review is verified while its author has an order of the product that is not cancelled and was
//! not refunded as a whole. Orders change in orderdb and reviews are in reviewdb: no transaction
//! covers both. So every event that can change the result (an order is confirmed or cancelled,
//! money is refunded, an account takes a guest's order over, a review is written) makes this module
//! compare the reviews that exist with orderdb, whatever the event itself says: late, repeated and
//! overtaken events lead to the correct result, and a review that is written later has an event of its own. A check that changed a review
//! queries orderdb once more, so that of two concurrent checks the one with the older result corrects
//! it. One that changed nothing has no older result to correct.

use std::collections::BTreeSet;

use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, ReviewChangeKind};
use domain::orders::OrderStatus;
use domain::{OrderId, Problem, ProductId, UserId};
use store_mongo::reviews::{Verification, list_verifications, set_verified};
use store_postgres::purchases::{list_bought, list_buyers};

use crate::App;

/// How often purchases may change while they are checked, before the message is redelivered.
const MAX_ROUNDS: u32 = 3;

/// Whether an event can change which reviews are verified.
pub(crate) fn affects_purchases(event: &DomainEvent) -> bool {
    match event {
        DomainEvent::OrderStatusChanged(order) => changes_purchases(order),
        DomainEvent::RefundIssued(_) | DomainEvent::OrderTakenOver(_) => true,
        DomainEvent::ReviewChanged(review) => review.change != ReviewChangeKind::Deleted,
        DomainEvent::ReturnChanged(_)
        | DomainEvent::StockChanged(_)
        | DomainEvent::RatingChanged(_)
        | DomainEvent::ProductChanged(_)
        | DomainEvent::VerificationRequested(_) => false,
    }
}

fn changes_purchases(order: &OrderStatusChanged) -> bool {
    matches!(order.status, OrderStatus::Confirmed | OrderStatus::Cancelled)
}

/// Checks the reviews that these events are about.
pub(crate) async fn update_reviews(app: &App, events: &[EventEnvelope]) -> Result<(), Problem> {
    let mut about: BTreeSet<(UserId, ProductId)> = BTreeSet::new();
    let mut changed: Vec<OrderId> = Vec::new();
    for event in events {
        match &event.payload {
            DomainEvent::OrderStatusChanged(order) if changes_purchases(order) => {
                about.extend(order.items.iter().map(|line| (order.user_id, line.product_id)));
            }
            DomainEvent::RefundIssued(refund) => changed.push(refund.order_id),
            DomainEvent::OrderTakenOver(order) => changed.push(order.order_id),
            DomainEvent::ReviewChanged(review) if affects_purchases(&event.payload) => {
                about.insert((review.user_id, review.product_id));
            }
            _ => {}
        }
    }
    if !changed.is_empty() {
        about.extend(list_buyers(&mut app.orderdb.acquire().await?, &changed).await?);
    }
    if about.is_empty() {
        return Ok(());
    }
    // Most customers of most orders have not reviewed anything: then orderdb is not asked.
    let mut reviews = list_verifications(&app.mongo, &about).await?;
    for _ in 0..MAX_ROUNDS {
        let outdated = find_outdated(app, &reviews).await?;
        if outdated.is_empty() {
            return Ok(());
        }
        set_verified(&app.mongo, &outdated).await?;
        reviews = outdated;
    }
    Err(Problem::unavailable("purchases changed while their reviews were verified"))
}

/// Those of which orderdb says otherwise, with what it says.
async fn find_outdated(app: &App, reviews: &[Verification]) -> Result<Vec<Verification>, Problem> {
    if reviews.is_empty() {
        return Ok(Vec::new());
    }
    let pairs: Vec<(UserId, ProductId)> = reviews.iter().map(|review| (review.user, review.product)).collect();
    let bought = list_bought(&mut app.orderdb.acquire().await?, &pairs).await?;
    let as_bought = reviews.iter().zip(bought).map(|(review, verified)| Verification { verified, ..*review });
    Ok(as_bought.zip(reviews).filter(|(now, review)| now != *review).map(|(now, _)| now).collect())
}
