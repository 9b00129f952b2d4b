//! A payment as an item: amounts in cents, times in milliseconds since 1970.

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Money, OrderId, PaymentId, UserId};

use crate::Result;
use crate::item::Item;

/// What the sort key of every payment begins with, and nothing else's.
pub(crate) const PAYMENT: &str = "payment#";

/// Where the sort keys of payments end: `$` follows `#`.
pub(super) const PAYMENTS_END: &str = "payment$";

pub(super) fn partition(order: OrderId) -> String {
    format!("order#{order}")
}

/// Ids are UUIDs of version 7: they sort by time.
pub(super) fn sort(id: PaymentId) -> String {
    format!("{PAYMENT}{id}")
}

/// What has gone back, in cents.
pub(super) fn refunded(payment: &Payment) -> i64 {
    payment.refunds.iter().map(|refund| refund.amount.cents()).sum()
}

pub(super) fn write(payment: &Payment) -> Item {
    Item::keyed(partition(payment.order_id), sort(payment.id))
        .text("id", payment.id)
        .number("orderId", payment.order_id.get())
        .number("userId", payment.user_id.get())
        .number("amount", payment.amount.cents())
        .text("status", payment.status.as_str())
        .text("method", &payment.method)
        .maybe(payment.transaction_id.as_ref(), |item, id| item.text("transactionId", id))
        .maybe(payment.decline_reason.as_ref(), |item, why| item.text("declineReason", why))
        .list("refunds", payment.refunds.iter().map(write_refund))
        .number("refunded", refunded(payment))
        .time("createdAt", payment.created_at)
}

pub(super) fn write_refund(refund: &Refund) -> Item {
    Item::default().text("id", &refund.id).number("amount", refund.amount.cents()).time("createdAt", refund.created_at)
}

pub(crate) fn read(item: &Item) -> Result<Payment> {
    Ok(Payment {
        id: item.parsed("id")?,
        order_id: item.id("orderId", OrderId::checked)?,
        user_id: item.id("userId", UserId::checked)?,
        amount: item.int("amount").map(Money::from_cents)?,
        status: item.word("status", PaymentStatus::of)?,
        method: item.string("method")?,
        transaction_id: item.optional("transactionId", Item::string)?,
        decline_reason: item.optional("declineReason", Item::string)?,
        refunds: item.members("refunds")?.iter().map(read_refund).collect::<Result<_>>()?,
        created_at: item.at("createdAt")?,
    })
}

fn read_refund(item: &Item) -> Result<Refund> {
    Ok(Refund {
        id: item.string("id")?,
        amount: item.int("amount").map(Money::from_cents)?,
        created_at: item.at("createdAt")?,
    })
}
