//! A payment as an item: amounts in cents, times in milliseconds since 1970.

use domain::payments::{Payment, PaymentStatus, Refund, RefundedLine};
use domain::{Money, OrderId, PaymentId, ProductId, UserId};

use crate::Result;
use crate::item::Item;

/// The prefix of the sort keys of payments, and of nothing else.
pub(crate) const PAYMENT_PREFIX: &str = "payment#";

/// The end of the sort keys of payments: `$` follows `#`.
pub(super) const PAYMENTS_END: &str = "payment$";

pub(super) fn order_partition(order: OrderId) -> String {
    format!("order#{order}")
}

/// Ids are UUIDs of version 7: they sort by time.
pub(super) fn sort_key(id: PaymentId) -> String {
    format!("{PAYMENT_PREFIX}{id}")
}

pub(super) fn refunded_cents(payment: &Payment) -> i64 {
    payment.refunds.iter().map(|refund| refund.amount.cents()).sum()
}

pub(super) fn to_item(payment: &Payment) -> Item {
    Item::with_key(order_partition(payment.order_id), sort_key(payment.id))
        .text("id", payment.id)
        .number("orderId", payment.order_id.get())
        .number("userId", payment.user_id.get())
        .number("amount", payment.amount.cents())
        .text("status", payment.status.as_str())
        .text("method", &payment.method)
        .maybe(payment.transaction_id.as_ref(), |item, id| item.text("transactionId", id))
        .maybe(payment.decline_reason.as_ref(), |item, why| item.text("declineReason", why))
        .list("refunds", payment.refunds.iter().map(refund_to_item))
        .number("refunded", refunded_cents(payment))
        .time("createdAt", payment.created_at)
}

pub(super) fn refund_to_item(refund: &Refund) -> Item {
    let line = |line: &RefundedLine| {
        Item::default().number("productId", line.product_id.get()).number("quantity", line.quantity)
    };
    let lines = Some(&refund.items).filter(|lines| !lines.is_empty());
    Item::default()
        .text("id", &refund.id)
        .number("amount", refund.amount.cents())
        .maybe(lines, |item, lines| item.list("items", lines.iter().map(line)))
        .maybe(refund.reason.as_ref(), |item, reason| item.text("reason", reason))
        .maybe(refund.return_id, |item, id| item.text("returnId", id))
        .time("createdAt", refund.created_at)
}

pub(crate) fn from_item(item: &Item) -> Result<Payment> {
    Ok(Payment {
        id: item.parsed("id")?,
        order_id: item.checked_int("orderId", OrderId::checked)?,
        user_id: item.checked_int("userId", UserId::checked)?,
        amount: item.int("amount").map(Money::from_cents)?,
        status: item.parsed_with("status", PaymentStatus::parse)?,
        method: item.string("method")?,
        transaction_id: item.optional("transactionId", Item::string)?,
        decline_reason: item.optional("declineReason", Item::string)?,
        refunds: item.maps("refunds")?.iter().map(refund_from_item).collect::<Result<_>>()?,
        created_at: item.timestamp("createdAt")?,
    })
}

fn refund_from_item(item: &Item) -> Result<Refund> {
    Ok(Refund {
        id: item.string("id")?,
        amount: item.int("amount").map(Money::from_cents)?,
        items: item
            .optional("items", Item::maps)?
            .unwrap_or_default()
            .iter()
            .map(refunded_line_from_item)
            .collect::<Result<_>>()?,
        reason: item.optional("reason", Item::string)?,
        return_id: item.optional("returnId", Item::parsed)?,
        created_at: item.timestamp("createdAt")?,
    })
}

fn refunded_line_from_item(item: &Item) -> Result<RefundedLine> {
    let product_id = item.checked_int("productId", ProductId::checked)?;
    Ok(RefundedLine { product_id, quantity: item.checked_int("quantity", i32::try_from)? })
}
