//! What happens in the demo shop, and when: the same for every shop, counted back from now.

use super::accounts::CUSTOMER_COUNT;
use super::review_texts::hash_below;

/// For how many days the demo shop has been open.
const OPEN_DAYS: usize = 60;
/// How often each customer comes to the shop in that time.
const STAYS: usize = 9;
const VISITS: usize = 240;
const SECONDS_PER_DAY: usize = 24 * 3600;
/// The time of the shop's opening, before anybody comes.
pub(super) const OPENING: i64 = ((OPEN_DAYS + 1) * SECONDS_PER_DAY) as i64;

/// The orders of each customer, by the customer's index, the oldest first.
const ORDERS_BY_CUSTOMER: [&[OrderOutcome]; 7] = [
    &[OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Shipped],
    &[OrderOutcome::Delivered, OrderOutcome::Returned, OrderOutcome::Confirmed],
    &[OrderOutcome::Delivered, OrderOutcome::Cancelled, OrderOutcome::Delivered, OrderOutcome::Shipped],
    &[OrderOutcome::Cancelled, OrderOutcome::Returned, OrderOutcome::ReturnRequested],
    &[OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Shipped],
    &[OrderOutcome::Delivered, OrderOutcome::Declined, OrderOutcome::Confirmed],
    &[OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Delivered, OrderOutcome::Delivered],
];

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderOutcome {
    Confirmed,
    Shipped,
    Delivered,
    /// It was delivered; pieces of it came back, and were refunded.
    Returned,
    /// It was delivered, and the customer wants to send pieces back.
    ReturnRequested,
    Cancelled,
    /// The card was declined.
    Declined,
}

impl OrderOutcome {
    pub(super) fn payment_token(self) -> &'static str {
        if self == Self::Declined { "tok_declined" } else { "tok_visa" }
    }

    /// The status changes after the order is placed, with the hours that each takes.
    fn status_changes(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::Confirmed | Self::Declined => &[],
            Self::Shipped => &[("shipped", 20)],
            Self::Delivered | Self::Returned | Self::ReturnRequested => &[("shipped", 20), ("delivered", 66)],
            Self::Cancelled => &[("cancelled", 3)],
        }
    }

    /// The steps of its return after the order is placed, with the hours that each takes.
    fn return_steps(self) -> &'static [(ReturnStep, i64)] {
        match self {
            Self::Returned => &[(ReturnStep::Request, 90), (ReturnStep::Receive, 190)],
            Self::ReturnRequested => &[(ReturnStep::Request, 90)],
            _ => &[],
        }
    }
}

/// What happens to a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReturnStep {
    /// The customer wants to send a piece back.
    Request,
    /// The shop has it, and puts it back on sale.
    Receive,
}

/// Something that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A customer places an order, their `nth`.
    Order { customer: usize, nth: usize, outcome: OrderOutcome },
    /// The shop gives that order its next status.
    Update { customer: usize, nth: usize, status: &'static str },
    /// A piece of that order comes back.
    Return { customer: usize, nth: usize, step: ReturnStep },
    /// A customer writes the reviews that they have not written before this stay.
    Reviews { customer: usize, stay: usize },
    /// Somebody looks at products; `None`: somebody who is not signed in.
    Visit { number: usize, customer: Option<usize> },
}

/// All acts with the seconds that they lie back, the oldest first.
pub(super) fn all_acts() -> Vec<(i64, Act)> {
    let mut acts = Vec::new();
    for customer in 0..CUSTOMER_COUNT {
        let orders = ORDERS_BY_CUSTOMER[customer % ORDERS_BY_CUSTOMER.len()];
        for (nth, outcome) in orders.iter().copied().enumerate() {
            // The first stay is without an order; the orders are spread over the others, up to the last.
            let stay = STAYS - 1 - (orders.len() - 1 - nth) * (STAYS - 1) / orders.len();
            let ago = stay_seconds_ago(customer, stay);
            acts.push((ago, Act::Order { customer, nth, outcome }));
            for (status, hours) in outcome.status_changes() {
                acts.push(((ago - hours * 3600).max(0), Act::Update { customer, nth, status }));
            }
            for (step, hours) in outcome.return_steps().iter().copied() {
                acts.push(((ago - hours * 3600).max(0), Act::Return { customer, nth, step }));
            }
        }
        acts.extend((1..STAYS).map(|stay| (stay_seconds_ago(customer, stay), Act::Reviews { customer, stay })));
    }
    acts.extend((0..VISITS).map(|number| {
        let words = format!("visit {number}");
        if number % 2 == 0 {
            return (seconds_ago(&words, 0, OPEN_DAYS * SECONDS_PER_DAY), Act::Visit { number, customer: None });
        }
        let customer = hash_below(&words, 1, CUSTOMER_COUNT);
        let stay = hash_below(&words, 3, STAYS);
        (stay_seconds_ago(customer, stay), Act::Visit { number, customer: Some(customer) })
    }));
    acts.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
    acts
}

/// In which stay a customer reviews a product, by the product's position.
pub(super) fn review_stay(customer: usize, product: usize) -> usize {
    1 + hash_below(&format!("review {customer} {product}"), 0, STAYS - 1)
}

/// The stays of a customer lie in equal parts of the time that the shop has been open.
fn stay_seconds_ago(customer: usize, stay: usize) -> i64 {
    let part = OPEN_DAYS * SECONDS_PER_DAY / STAYS;
    seconds_ago(&format!("stay {customer} {stay}"), (STAYS - 1 - stay) * part, part)
}

fn seconds_ago(words: &str, from: usize, part: usize) -> i64 {
    i64::try_from(from + hash_below(words, 0, part)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_customers_orders_come_one_after_the_other_and_change_after_they_are_placed() {
        let acts = all_acts();
        let mut placed = [0; CUSTOMER_COUNT];
        let mut times = HashSet::new();
        for (ago, act) in &acts {
            match *act {
                Act::Order { customer, nth, .. } => {
                    assert_eq!(nth, placed[customer], "customer {customer}");
                    assert!(times.insert((customer, *ago)), "two orders at once");
                    placed[customer] += 1;
                }
                Act::Update { customer, nth, .. } | Act::Return { customer, nth, .. } => {
                    assert!(nth < placed[customer], "customer {customer}, order {nth}")
                }
                Act::Reviews { .. } | Act::Visit { .. } => {}
            }
        }
        assert!(acts.iter().all(|(ago, _)| (0..OPENING).contains(ago)));
    }

    #[test]
    fn orders_are_spread_over_the_days() {
        let days: HashSet<i64> = all_acts()
            .iter()
            .filter(|(_, act)| matches!(act, Act::Order { .. }))
            .map(|(ago, _)| ago / SECONDS_PER_DAY as i64)
            .collect();
        assert!(days.len() > OPEN_DAYS / 3, "{days:?}");
    }
}
