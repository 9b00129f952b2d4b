//! I16: a discount was used by as many orders as it counts, in all and by each customer.

use std::collections::HashMap;

use domain::orders::OrderStatus;
use domain::{DiscountId, UserId};
use store_postgres::reconcile::{DiscountRecord, OrderRecord};

use crate::report::{Invariant, Violation};

/// The uses of discounts, counted from the orders.
#[derive(Debug, Default)]
pub(crate) struct DiscountUses {
    by_discount: HashMap<DiscountId, i64>,
    /// Those that no row of `discount_customers` has confirmed yet.
    by_customer: HashMap<(DiscountId, UserId), i64>,
}

impl DiscountUses {
    /// Counts an order's use, if it holds one: while it is paid, stands, or is being paid again.
    pub(crate) fn add(&mut self, placed: &OrderRecord) {
        let Some(discount) = placed.discount else { return };
        let holds = match placed.status {
            OrderStatus::Cancelled => false,
            OrderStatus::PaymentFailed => placed.step.as_deref() == Some("pay"),
            _ => true,
        };
        if holds {
            *self.by_discount.entry(discount).or_default() += 1;
            *self.by_customer.entry((discount, placed.user)).or_default() += 1;
        }
    }

    pub(crate) fn check_discount(&self, counted: &DiscountRecord) -> Vec<Violation> {
        let used = self.by_discount.get(&counted.id).copied().unwrap_or_default();
        let about = format!("discount {} ({})", counted.id, counted.code);
        let violation =
            |problem, expected, found| Violation::new(Invariant::Discounts, about.clone(), problem, expected, found);
        let mut wrong = Vec::new();
        if used != counted.uses {
            wrong.push(violation("counts other uses than its orders", used, counted.uses));
        }
        if let Some(most) = counted.max_uses.filter(|most| used > *most) {
            wrong.push(violation("was used more often than it may be", most, used));
        }
        wrong
    }

    pub(crate) fn check_customer(&mut self, (discount, user, counted): (DiscountId, UserId, i64)) -> Option<Violation> {
        let used = self.by_customer.remove(&(discount, user)).unwrap_or_default();
        customer_violation(discount, user, used, counted)
    }

    /// Uses by customers of whom nothing was counted.
    pub(crate) fn uncounted(self) -> Vec<Violation> {
        let left = self.by_customer.into_iter();
        left.filter_map(|((discount, user), used)| customer_violation(discount, user, used, 0)).collect()
    }
}

fn customer_violation(discount: DiscountId, user: UserId, used: i64, counted: i64) -> Option<Violation> {
    (used != counted).then(|| {
        let about = format!("discount {discount}, user {user}");
        Violation::new(Invariant::Discounts, about, "counts other uses than this customer's orders", used, counted)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::confirmed_order;
    use super::*;

    fn with_discount(status: OrderStatus, step: Option<&str>) -> OrderRecord {
        let step = step.map(str::to_owned);
        OrderRecord { discount: Some(DiscountId::new(5)), status, step, ..confirmed_order(1, 1000) }
    }

    #[test]
    fn only_orders_that_stand_hold_a_use() {
        let mut uses = DiscountUses::default();
        for order in [
            with_discount(OrderStatus::Confirmed, None),
            with_discount(OrderStatus::Confirmed, Some("cancel")),
            with_discount(OrderStatus::Pending, Some("place")),
            with_discount(OrderStatus::PaymentFailed, Some("pay")),
            with_discount(OrderStatus::PaymentFailed, None),
            with_discount(OrderStatus::PaymentFailed, Some("cancel")),
            with_discount(OrderStatus::Cancelled, None),
            confirmed_order(2, 1000),
        ] {
            uses.add(&order);
        }
        let (id, user) = (DiscountId::new(5), confirmed_order(1, 1000).user);
        let counted = |uses, max_uses| DiscountRecord { id, code: "TEN".to_owned(), uses, max_uses };
        assert!(uses.check_discount(&counted(4, Some(4))).is_empty());
        assert_eq!(uses.check_discount(&counted(5, None)).len(), 1);
        assert_eq!(uses.check_discount(&counted(4, Some(3))).len(), 1);
        assert!(uses.check_customer((id, UserId::new(99), 0)).is_none());
        assert!(uses.check_customer((id, UserId::new(98), 1)).is_some());
        assert!(uses.check_customer((id, user, 4)).is_none());
        assert!(uses.uncounted().is_empty());
    }
}
