//! I17: per order and product no more pieces were shipped than were bought, each line counts them as its
//! fulfilments do, and an order's status is that of its fulfilments.

use std::collections::BTreeMap;

use domain::orders::{FulfilmentStatus, OrderStatus};
use domain::{OrderId, ProductId};
use store_postgres::reconcile::{FulfilmentRecord, OrderRecord};

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// Checks an order and its fulfilments.
pub(crate) fn check_order(placed: &OrderRecord, sent: &[FulfilmentRecord]) -> Vec<Violation> {
    let mut shipped = BTreeMap::<ProductId, i32>::new();
    for line in sent {
        *shipped.entry(line.product).or_default() += line.quantity;
    }
    let bought = |product| placed.lines.iter().find(|line| line.product_id == product).map_or(0, |line| line.quantity);
    let excess = shipped.iter().filter(|(product, pieces)| **pieces > bought(**product)).map(|(product, pieces)| {
        let about = format!("{}, product {product}", order_label(placed.id));
        let expected = format!("at most {}", bought(*product));
        Violation::new(Invariant::Fulfilments, about, "more pieces were shipped than were bought", expected, pieces)
    });
    let mut found: Vec<Violation> = excess.collect();
    let is_whole = placed.lines.iter().all(|line| shipped.get(&line.product_id) >= Some(&line.quantity));
    let has_arrived = sent.iter().all(|line| line.status == FulfilmentStatus::Delivered);
    let fits = match placed.status {
        OrderStatus::PartiallyShipped => !sent.is_empty() && !is_whole,
        OrderStatus::Shipped => is_whole && !has_arrived,
        OrderStatus::Delivered => is_whole && has_arrived,
        OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::PaymentFailed | OrderStatus::Cancelled => {
            sent.is_empty()
        }
    };
    if !fits {
        let expected = match (sent.is_empty(), is_whole, has_arrived) {
            (true, ..) => "a status before shipping",
            (_, false, _) => "partially_shipped",
            (_, true, false) => "shipped",
            (_, true, true) => "delivered",
        };
        let about = order_label(placed.id);
        let problem = "its status is not that of its fulfilments";
        found.push(Violation::new(Invariant::Fulfilments, about, problem, expected, placed.status.as_str()));
    }
    found
}

/// A line that counts its shipped pieces wrongly: more could be shipped than were bought, or fewer.
pub(crate) fn miscounted_line((order, product, counted): (OrderId, ProductId, i32)) -> Violation {
    let about = format!("{}, product {product}", order_label(order));
    let problem = "its line counts other pieces than its fulfilments have";
    Violation::new(Invariant::Fulfilments, about, problem, "their sum", counted)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, placed_plus};
    use super::*;
    use domain::FulfilmentId;
    use domain::orders::OrderLine;
    use uuid::Uuid;

    fn order(status: OrderStatus) -> OrderRecord {
        let placed = confirmed_order(1, 1000);
        let lines = placed.lines.iter().map(|line| OrderLine { quantity: 2, ..line.clone() }).collect();
        OrderRecord { status, lines, ..placed }
    }

    fn sent(id: u128, quantity: i32, status: FulfilmentStatus) -> FulfilmentRecord {
        let delivered_at = (status == FulfilmentStatus::Delivered).then(|| placed_plus(9));
        let (order, product) = (OrderId::new(1), ProductId::new(7));
        FulfilmentRecord {
            order,
            fulfilment: FulfilmentId::new(Uuid::from_u128(id)),
            product,
            quantity,
            status,
            delivered_at,
        }
    }

    #[test]
    fn a_status_fits_its_fulfilments() {
        use FulfilmentStatus::{Delivered as Arrived, Shipped as Gone};
        use OrderStatus::*;
        let records = |of: &[(i32, FulfilmentStatus)]| {
            of.iter().enumerate().map(|(n, (pieces, status))| sent(n as u128, *pieces, *status)).collect::<Vec<_>>()
        };
        for (of, right) in [
            (&[][..], Confirmed),
            (&[(1, Gone)], PartiallyShipped),
            (&[(1, Arrived)], PartiallyShipped),
            (&[(1, Arrived), (1, Gone)], Shipped),
            (&[(2, Gone)], Shipped),
            (&[(1, Arrived), (1, Arrived)], Delivered),
        ] {
            for status in [Confirmed, PartiallyShipped, Shipped, Delivered] {
                let found = check_order(&order(status), &records(of));
                assert_eq!(found.is_empty(), status == right, "{of:?} as {status:?}: {found:?}");
            }
        }
        assert_eq!(check_order(&order(Cancelled), &records(&[(1, Gone)])).len(), 1);
    }

    #[test]
    fn more_pieces_than_were_bought_are_found() {
        let three = [sent(1, 2, FulfilmentStatus::Shipped), sent(2, 1, FulfilmentStatus::Shipped)];
        let found = check_order(&order(OrderStatus::Shipped), &three);
        assert_eq!(
            found.iter().map(|v| v.problem.as_str()).collect::<Vec<_>>(),
            ["more pieces were shipped than were bought"]
        );
        let foreign = FulfilmentRecord { product: ProductId::new(8), ..sent(1, 1, FulfilmentStatus::Shipped) };
        let whole = [sent(2, 2, FulfilmentStatus::Shipped), foreign];
        assert_eq!(check_order(&order(OrderStatus::Shipped), &whole).len(), 1);
    }
}
