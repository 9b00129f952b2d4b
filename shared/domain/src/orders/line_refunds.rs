//! What the pieces of an order's lines are refunded, to the cent.
//!
//! A line has one price for all of its pieces, with its discount and its tax. What is refunded of it is
//! rounded as a whole, never piece by piece: whatever is refunded together, and in which order, all
//! pieces come to the line's price.

use super::fulfilments::ExcessPieces;
use super::{Basket, Order, ReturnLine};
use crate::payments::PaymentError;
use crate::{Money, Problem, ProductId};

/// What `more` pieces of a line are refunded, if `pieces` of its `quantity` were refunded before, for
/// `amount` together. Half a cent is a cent; never more than is left of `total`, and the last piece gets
/// all of that.
pub fn refund_share(total: Money, quantity: i32, (pieces, amount): (i32, Money), more: i32) -> Money {
    let (quantity, after) = (i64::from(quantity), i64::from(pieces) + i64::from(more));
    let left = (total.cents() - amount.cents()).max(0);
    if after >= quantity {
        return Money::from_cents(left);
    }
    let due = (2 * total.cents() * after + quantity) / (2 * quantity);
    Money::from_cents((due - amount.cents()).clamp(0, left))
}

impl Order {
    /// What is paid for shipping, with its tax.
    pub fn shipping_price(&self) -> Money {
        let tax = if self.tax_included { 0 } else { self.shipping_tax.cents() };
        Money::from_cents(self.shipping.cents() + tax)
    }
}

/// What was refunded of a line, or is being refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePosition {
    pub product_id: ProductId,
    /// Pieces.
    pub refunded: i32,
    pub refunded_amount: Money,
}

/// What was refunded of an order, or is being refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPosition {
    pub lines: Vec<LinePosition>,
    /// Whether its shipping was.
    pub shipping_refunded: bool,
    /// All of it together, whatever it was for.
    pub amount: Money,
}

/// Pieces of a product that are refunded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRefund {
    pub product_id: ProductId,
    pub quantity: i32,
    pub amount: Money,
}

/// What a refund consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundPlan {
    /// By ascending product id.
    pub lines: Vec<LineRefund>,
    /// The price of shipping with its tax, if it is refunded.
    pub shipping: Option<Money>,
    /// The sum, or what is left of the payment if that is less.
    pub amount: Money,
}

/// Why pieces are not refunded.
#[derive(Clone, Debug, PartialEq)]
pub enum LineRefundError {
    /// More pieces than are not refunded yet.
    TooManyPieces(Vec<ExcessPieces>),
    ShippingRefunded,
    /// These pieces cost nothing.
    Nothing,
    /// More than is left of the payment.
    TooLarge {
        refundable: Money,
    },
}

impl From<LineRefundError> for Problem {
    fn from(rejected: LineRefundError) -> Self {
        match rejected {
            LineRefundError::TooManyPieces(items) => {
                Self::conflict("too_many_pieces", "The order has fewer pieces left to refund.")
                    .with_extension("items", items)
            }
            LineRefundError::ShippingRefunded => {
                Self::conflict("shipping_refunded", "The shipping of this order was refunded before.")
            }
            LineRefundError::Nothing => Self::conflict("nothing_to_refund", "These pieces cost nothing."),
            LineRefundError::TooLarge { refundable } => PaymentError::RefundTooLarge { refundable }.into(),
        }
    }
}

impl RefundPosition {
    /// What is left of the order's payment.
    pub fn left(&self, order: &Order) -> Money {
        Money::from_cents((order.total.cents() - self.amount.cents()).max(0))
    }

    /// The refund of these pieces, and of the shipping, as an admin asks for it.
    ///
    /// # Errors
    /// When fewer pieces are left, the shipping was refunded before, or too little is left of the payment.
    pub fn plan_lines(&self, order: &Order, wanted: &Basket, shipping: bool) -> Result<RefundPlan, LineRefundError> {
        let excess = ExcessPieces::of(wanted, |product| self.pieces_left(order, product));
        if !excess.is_empty() {
            return Err(LineRefundError::TooManyPieces(excess));
        }
        if shipping && self.shipping_refunded {
            return Err(LineRefundError::ShippingRefunded);
        }
        let plan = self.plan(order, wanted.lines(), shipping);
        let refundable = self.left(order);
        match plan.amount {
            Money::ZERO => Err(LineRefundError::Nothing),
            amount if amount > refundable => Err(LineRefundError::TooLarge { refundable }),
            _ => Ok(plan),
        }
    }

    /// The refund of a return that is received, of which nothing is rejected: of its pieces those that
    /// are not refunded yet, the shipping if `whole` of the order is back by now, and no more than is
    /// left of the payment.
    pub fn plan_return(&self, order: &Order, back: &[ReturnLine], whole: bool) -> RefundPlan {
        let pieces =
            back.iter().map(|line| (line.product_id, line.quantity.min(self.pieces_left(order, line.product_id))));
        let mut plan = self.plan(order, pieces.filter(|(_, quantity)| *quantity > 0), whole && !self.shipping_refunded);
        plan.amount = plan.amount.min(self.left(order));
        plan
    }

    fn plan(&self, order: &Order, pieces: impl Iterator<Item = (ProductId, i32)>, shipping: bool) -> RefundPlan {
        let lines: Vec<LineRefund> = pieces
            .filter_map(|(product_id, quantity)| {
                let bought = order.items.iter().find(|line| line.product_id == product_id)?;
                let amount = refund_share(bought.total, bought.quantity, self.refunded_of(product_id), quantity);
                Some(LineRefund { product_id, quantity, amount })
            })
            .collect();
        let shipping = shipping.then(|| order.shipping_price());
        let amount = lines.iter().map(|line| line.amount).chain(shipping).sum();
        RefundPlan { lines, shipping, amount }
    }

    fn refunded_of(&self, product: ProductId) -> (i32, Money) {
        let line = self.lines.iter().find(|line| line.product_id == product);
        line.map_or((0, Money::ZERO), |line| (line.refunded, line.refunded_amount))
    }

    fn pieces_left(&self, order: &Order, product: ProductId) -> i32 {
        let bought = order.items.iter().find(|line| line.product_id == product).map_or(0, |line| line.quantity);
        bought - self.refunded_of(product).0
    }
}

#[cfg(test)]
#[path = "line_refunds_tests.rs"]
mod tests;
