//! What the scenarios are called, which function serves each, and what each leads to.

use super::{DISCOUNT_CENTS, REFUNDED_CENTS, SHIPPING_CENTS, Scenario, TEA_CENTS, TOTAL_CENTS};
use crate::matrix::proxied_function::Function;

impl Scenario {
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::OutOfStock => "short",
            Self::Declined => "declined",
            Self::ReplyLost => "reply-lost",
            Self::ErrorOnce => "error-once",
            Self::PayAgain => "pay-again",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::RefundLine => "refund-line",
            Self::Ship => "ship",
            Self::RequestReturn => "request-return",
            Self::ApproveReturn => "approve-return",
            Self::RejectReturn => "reject-return",
            Self::ReceiveReturn => "receive-return",
            Self::ReceiveWhole => "receive-whole",
            Self::CancelAtLimits => "cancel-at-bounds",
            Self::Discount => "discount",
            Self::DiscountPayAgain => "discount-pay-again",
            Self::DiscountCancel => "discount-cancel",
            Self::TakeOver => "take-over",
            Self::AddProduct => "add-product",
            Self::ReplaceProduct => "replace-product",
            Self::RemoveProduct => "remove-product",
            Self::ReceiveDelivery => "move-stock",
            Self::WriteReview => "write-review",
            Self::ChangeReview => "change-review",
            Self::DeleteReview => "delete-review",
        }
    }

    pub(in super::super) const fn function(self) -> Function {
        match self {
            Self::PayAgain | Self::DiscountPayAgain | Self::Refund | Self::RefundLine => Function::Payments,
            Self::AddProduct | Self::ReplaceProduct | Self::RemoveProduct => Function::Products,
            Self::ReceiveDelivery => Function::Inventory,
            Self::WriteReview | Self::ChangeReview | Self::DeleteReview => Function::Reviews,
            Self::TakeOver => Function::Users,
            _ => Function::Orders,
        }
    }

    /// Whether it is an admin's write of a product or of its stock, not a checkout.
    pub(in super::super) const fn is_admin_write(self) -> bool {
        matches!(self.function(), Function::Products | Function::Inventory)
    }

    /// Whether it is a write of a review.
    pub(in super::super) const fn is_review(self) -> bool {
        matches!(self.function(), Function::Reviews)
    }

    /// Whether it cancels an order.
    pub(in super::super) const fn is_cancel(self) -> bool {
        matches!(self, Self::Cancel | Self::CancelAtLimits | Self::DiscountCancel)
    }

    /// Whether its order uses a discount.
    pub(in super::super) const fn has_discount(self) -> bool {
        matches!(self, Self::Discount | Self::DiscountPayAgain | Self::DiscountCancel | Self::TakeOver)
    }

    /// What one of its orders costs, in cents.
    pub(in super::super) const fn total_cents(self) -> i64 {
        let shipping = if matches!(self, Self::ReceiveWhole) { SHIPPING_CENTS } else { 0 };
        TOTAL_CENTS + shipping - if self.has_discount() { DISCOUNT_CENTS } else { 0 }
    }

    /// What of it is refunded in the end, while the order keeps its status.
    pub(in super::super) const fn refunded_cents(self) -> i64 {
        match self {
            Self::Refund => REFUNDED_CENTS,
            Self::RefundLine | Self::ReceiveReturn => TEA_CENTS,
            Self::ReceiveWhole => self.total_cents(),
            _ => 0,
        }
    }

    /// The status of its paid order in the end.
    pub(in super::super) const fn paid_status(self) -> &'static str {
        match self {
            Self::Ship => "partially_shipped",
            path if path.is_return() => "shipped",
            _ => "confirmed",
        }
    }

    /// Whether it is about a return.
    pub(in super::super) const fn is_return(self) -> bool {
        matches!(
            self,
            Self::RequestReturn | Self::ApproveReturn | Self::RejectReturn | Self::ReceiveReturn | Self::ReceiveWhole
        )
    }

    /// Whether it refunds a part of a payment by request.
    pub(in super::super) const fn is_refund(self) -> bool {
        matches!(self, Self::Refund | Self::RefundLine)
    }

    /// Whether its request carries an idempotency key, so that a repetition gets the same bytes.
    pub(in super::super) const fn is_keyed(self) -> bool {
        let decides = self.is_return() && !matches!(self, Self::RequestReturn);
        !self.is_cancel()
            && !self.is_review()
            && !decides
            && !matches!(self, Self::ReplaceProduct | Self::RemoveProduct | Self::TakeOver)
    }

    /// The status of the response without faults.
    pub(in super::super) const fn expected_status(self) -> u16 {
        match self {
            Self::OutOfStock => 409,
            Self::Declined => 402,
            Self::Cancel | Self::CancelAtLimits | Self::DiscountCancel | Self::TakeOver => 200,
            Self::ApproveReturn | Self::RejectReturn | Self::ReceiveReturn | Self::ReceiveWhole => 200,
            Self::ReplaceProduct | Self::ReceiveDelivery | Self::ChangeReview => 200,
            Self::RemoveProduct | Self::DeleteReview => 204,
            _ => 201,
        }
    }

    pub(super) const fn payment_method(self) -> &'static str {
        match self {
            Self::Declined => "tok_declined",
            Self::ReplyLost => "tok_timeout",
            Self::ErrorOnce => "tok_error_once",
            _ => "tok_visa",
        }
    }
}
