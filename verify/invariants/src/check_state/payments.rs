//! The fields of a payment that the checks need.

use domain::payments::{Payment, PaymentStatus};
use domain::{Money, OrderId, PaymentId, UserId};

use super::by_order::HasOrder;
use crate::stores::{StoreError, Stores, store_error};

/// A payment without its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentSummary {
    pub(crate) id: PaymentId,
    pub(crate) order: OrderId,
    pub(crate) user: UserId,
    pub(crate) amount: Money,
    pub(crate) status: PaymentStatus,
    /// The id and amount of each.
    pub(crate) refunds: Vec<(String, Money)>,
}

impl PaymentSummary {
    /// Whether money was received under this key, whatever has been refunded since.
    pub(crate) fn was_captured(&self) -> bool {
        use PaymentStatus::{Captured, PartiallyRefunded, Refunded};
        [Captured, PartiallyRefunded, Refunded].contains(&self.status)
    }

    /// The sum of its refunds.
    pub(crate) fn refunded(&self) -> Money {
        self.refunds.iter().map(|(_, amount)| *amount).sum()
    }

    /// What the shop keeps of it: by its refunds, not by its status.
    pub(crate) fn net_amount(&self) -> Money {
        if self.was_captured() { self.amount - self.refunded() } else { Money::ZERO }
    }

    /// Whether the shop itself refunded the rest, for a cancelled order.
    pub(crate) fn was_compensated(&self) -> bool {
        let undoing = domain::payments::compensation_refund_id(self.id);
        self.refunds.iter().any(|(id, _)| *id == undoing)
    }
}

impl From<Payment> for PaymentSummary {
    fn from(payment: Payment) -> Self {
        let refunds = payment.refunds.into_iter().map(|refund| (refund.id, refund.amount)).collect();
        let Payment { id, order_id, user_id, amount, status, .. } = payment;
        Self { id, order: order_id, user: user_id, amount, status, refunds }
    }
}

impl HasOrder for PaymentSummary {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

pub(super) async fn read_all(stores: &Stores) -> Result<Vec<PaymentSummary>, StoreError> {
    let (mut all, mut from): (Vec<PaymentSummary>, _) = (Vec::new(), None);
    loop {
        let page = stores.tables.payments(from).await.map_err(store_error("the table of payments"))?;
        all.extend(page.items.into_iter().map(PaymentSummary::from));
        from = page.next;
        if from.is_none() {
            all.sort_unstable_by_key(|paid| (paid.order, paid.id));
            return Ok(all);
        }
    }
}
