//! I8 for discounts, shipping and tax: what an event adds to them is what orderdb has of its order. With
//! the recount of all events, the dashboard's three numbers are those of the orders.

use domain::OrderId;
use domain::analytics::OrderAmounts;
use store_mongo::reconcile::StoredEvent;
use store_postgres::reconcile::OrderRecord;

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// The type of the event that takes amounts back.
const CANCELLED: &str = "order.cancelled";

/// The order whose amounts an event adds, if it adds any: events of the version before do not.
pub(crate) fn order_of(stored: &StoredEvent) -> Option<OrderId> {
    stored.event.effect.as_ref()?.amounts.and(stored.order)
}

/// Compares the amounts of an event with those of its order among `orders`.
pub(crate) fn check_event(stored: &StoredEvent, orders: &[OrderRecord]) -> Option<Violation> {
    let order = order_of(stored)?;
    let added = stored.event.effect.as_ref()?.amounts?;
    let about = format!("event {} of {}", stored.id, order_label(order));
    let problem = "adds other amounts to the dashboard than its order has";
    let Some(placed) = orders.iter().find(|placed| placed.id == order) else {
        let finding = Violation::new(Invariant::Analytics, about, problem, "those of an order", "no such order");
        return Some(finding);
    };
    let expected = OrderAmounts {
        discounts_cents: placed.amounts.discount.cents(),
        shipping_cents: placed.amounts.shipping.cents(),
        tax_cents: placed.amounts.tax.cents(),
    };
    let expected = if stored.event.event_type == CANCELLED { expected.taken_back() } else { expected };
    (added != expected)
        .then(|| Violation::new(Invariant::Analytics, about, problem, describe(expected), describe(added)))
}

fn describe(amounts: OrderAmounts) -> String {
    let OrderAmounts { discounts_cents, shipping_cents, tax_cents } = amounts;
    format!("discounts {discounts_cents}, shipping {shipping_cents} and tax {tax_cents} cents")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, placed_plus};
    use super::*;
    use domain::analytics::{EventEffect, PendingEvent};
    use domain::pricing::Amounts;
    use domain::{EventId, Money};

    fn event(kind: &str, amounts: Option<[i64; 3]>) -> StoredEvent {
        let amounts = amounts.map(|[discounts_cents, shipping_cents, tax_cents]| OrderAmounts {
            discounts_cents,
            shipping_cents,
            tax_cents,
        });
        let effect = Some(EventEffect { amounts, ..EventEffect::default() });
        let event = PendingEvent { user_id: None, event_type: kind.to_owned(), timestamp: placed_plus(0), effect };
        StoredEvent { id: EventId::new(uuid::Uuid::nil()), counted: true, event, order: Some(OrderId::new(7)) }
    }

    #[test]
    fn an_event_adds_what_its_order_has_and_a_cancellation_takes_it_back() {
        let cents = Money::from_cents;
        let placed = confirmed_order(7, 1000);
        let amounts = Amounts { discount: cents(100), shipping: cents(490), tax: cents(222), ..placed.amounts };
        let orders = [OrderRecord { amounts, ..placed }];
        for (kind, added, right) in [
            ("order.confirmed", Some([100, 490, 222]), true),
            ("order.cancelled", Some([-100, -490, -222]), true),
            ("order.confirmed", None, true),
            ("order.confirmed", Some([100, 490, 223]), false),
            ("order.confirmed", Some([0, 0, 0]), false),
            ("order.cancelled", Some([100, 490, 222]), false),
        ] {
            assert_eq!(check_event(&event(kind, added), &orders).is_none(), right, "{kind} {added:?}");
        }
        let missing = check_event(&event("order.confirmed", Some([0, 0, 0])), &[]).unwrap();
        assert_eq!(missing.found, "no such order");
    }
}
