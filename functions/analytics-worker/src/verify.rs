//! Whether a review is of a purchase, judged again whenever that may have changed.
//!
//! A review is verified while its writer has an order of the product that stands and was not
//! refunded as a whole. Orders change in orderdb and reviews are in reviewdb: no transaction covers
//! both. So every fact that can change the answer (an order is confirmed or cancelled, money goes
//! back, a review is written) makes orderdb be asked, whatever the fact itself says: late, repeated
//! and overtaken facts end at the truth. After each write orderdb is asked once more, so that of two
//! who judge at once the one who had the older answer corrects it.

use std::collections::BTreeSet;

use domain::events::{Event, Fact, OrderFact, ReviewChange};
use domain::orders::Status;
use domain::{OrderId, Problem, ProductId, UserId};
use postgres::reviewing::{lines_of, purchases};

use crate::App;

/// How often purchases may move while they are judged, before the message comes again.
const ROUNDS: u32 = 3;

/// Whether a fact can make a review one of a purchase, or one of none.
pub(crate) fn concerns(fact: &Fact) -> bool {
    match fact {
        Fact::Order(order) => matters(order),
        Fact::Refunded(_) => true,
        Fact::Review(review) => review.change != ReviewChange::Deleted,
        Fact::Stock(_) | Fact::Rating(_) | Fact::Product(_) => false,
    }
}

fn matters(order: &OrderFact) -> bool {
    matches!(order.status, Status::Confirmed | Status::Cancelled)
}

/// Judges the reviews that these events are about.
pub(crate) async fn verify(app: &App, events: &[Event]) -> Result<(), Problem> {
    let mut about: BTreeSet<(UserId, ProductId)> = BTreeSet::new();
    let mut refunded: Vec<OrderId> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Order(order) if matters(order) => {
                about.extend(order.items.iter().map(|line| (order.user_id, line.product_id)));
            }
            Fact::Refunded(refund) => refunded.push(refund.order_id),
            Fact::Review(review) if concerns(&event.fact) => {
                about.insert((review.user_id, review.product_id));
            }
            _ => {}
        }
    }
    if !refunded.is_empty() {
        about.extend(lines_of(&mut app.orderdb.acquire().await?, &refunded).await?);
    }
    let about: Vec<(UserId, ProductId)> = about.into_iter().collect();
    if about.is_empty() {
        return Ok(());
    }
    let mut truth = bought(app, &about).await?;
    for _ in 0..ROUNDS {
        let verdicts: Vec<_> = about.iter().zip(&truth).map(|((user, product), is)| (*user, *product, *is)).collect();
        mongo::reviews::set_verified(&app.mongo, &verdicts).await?;
        let now = bought(app, &about).await?;
        if now == truth {
            return Ok(());
        }
        truth = now;
    }
    Err(Problem::unavailable("purchases moved while their reviews were judged"))
}

async fn bought(app: &App, about: &[(UserId, ProductId)]) -> Result<Vec<bool>, Problem> {
    let mut db = app.orderdb.acquire().await?;
    Ok(purchases(&mut db, about).await?.into_iter().map(|purchase| purchase.bought).collect())
}
