//! Why a discount or a shipping method does not apply, as clients get it: a stable code and one
//! sentence. A quote has them among its problems; an order is rejected with them.

use super::{DiscountError, ShippingError};

impl DiscountError {
    /// Stable, snake_case.
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
    pub fn detail(self) -> String {
        match self {
            Self::Unknown => "There is no such discount code.".to_owned(),
            Self::NotStarted => "This discount code is not valid yet.".to_owned(),
            Self::Ended => "This discount code is not valid anymore.".to_owned(),
            Self::BelowMinimum { minimum } => format!("This discount code is for orders of {minimum} or more."),
            Self::UsedUp => "This discount code has been used up.".to_owned(),
            Self::UsedByCustomer => "You have used this discount code already.".to_owned(),
        }
    }
}

impl ShippingError {
    /// Stable, snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownMethod => "unknown_shipping_method",
            Self::NotToCountry(_) | Self::NoMethod(_) => "shipping_unavailable",
        }
    }

    /// One sentence for a person.
    pub fn detail(self) -> String {
        match self {
            Self::UnknownMethod => "There is no such shipping method.".to_owned(),
            Self::NotToCountry(country) => format!("This shipping method does not deliver to {}.", country.as_str()),
            Self::NoMethod(country) => format!("The shop does not deliver to {}.", country.as_str()),
        }
    }

    /// The field of a request that it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::UnknownMethod | Self::NotToCountry(_) => "shippingMethodId",
            Self::NoMethod(_) => "shippingAddress.country",
        }
    }
}
