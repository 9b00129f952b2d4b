//! Why an order gets no discount or cannot be shipped, and the problem that the client gets.

use super::{Currency, DiscountError, ShippingError};
use crate::Problem;

impl DiscountError {
    /// Stable; clients switch on it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "discount_unknown",
            Self::NotStarted => "discount_not_started",
            Self::Ended => "discount_ended",
            Self::BelowMinimum { .. } => "discount_below_minimum",
            Self::UsedUp => "discount_used_up",
            Self::UsedByCustomer => "discount_used_by_customer",
        }
    }

    /// One sentence for a person.
    pub fn detail(self, currency: Currency) -> String {
        match self {
            Self::Unknown => "There is no such discount code.".to_owned(),
            Self::NotStarted => "This discount code is not valid yet.".to_owned(),
            Self::Ended => "This discount code has expired.".to_owned(),
            Self::BelowMinimum { minimum } => {
                format!("This discount code is for goods of at least {}.", currency.format(minimum))
            }
            Self::UsedUp => "This discount code has been used as often as it may be.".to_owned(),
            Self::UsedByCustomer => "You have used this discount code as often as you may.".to_owned(),
        }
    }

    /// 409, which names the field `discountCode`.
    pub fn problem(self, currency: Currency) -> Problem {
        let problem = Problem::conflict(self.code(), self.detail(currency)).at_field("discountCode");
        match self {
            Self::BelowMinimum { minimum } => problem.with_extension("minimumSubtotal", minimum),
            _ => problem,
        }
    }
}

impl ShippingError {
    /// Stable; clients switch on it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownMethod => "unknown_shipping_method",
            Self::NotToCountry(_) | Self::NoMethod(_) => "shipping_unavailable",
        }
    }

    /// The field of a request that must change.
    pub const fn field(self) -> &'static str {
        match self {
            Self::UnknownMethod | Self::NotToCountry(_) => "shippingMethodId",
            Self::NoMethod(_) => "shippingAddress.country",
        }
    }

    /// One sentence for a person.
    pub fn detail(self) -> String {
        match self {
            Self::UnknownMethod => "There is no such shipping method.".to_owned(),
            Self::NotToCountry(country) => format!("This shipping method does not deliver to {}.", country.as_str()),
            Self::NoMethod(country) => format!("We do not deliver to {}.", country.as_str()),
        }
    }
}

impl From<ShippingError> for Problem {
    /// 409, which names the field that must change.
    fn from(error: ShippingError) -> Self {
        Self::conflict(error.code(), error.detail()).at_field(error.field())
    }
}
