//! An order without its discount or its shipping is refused with a 409 that names the field.

use super::{DiscountError, ShippingError};
use crate::Problem;

impl From<DiscountError> for Problem {
    fn from(error: DiscountError) -> Self {
        let problem = Self::conflict(error.code(), error.detail()).at_field("discountCode");
        match error {
            DiscountError::BelowMinimum { minimum } => problem.with_extension("minimumSubtotal", minimum),
            _ => problem,
        }
    }
}

impl From<ShippingError> for Problem {
    fn from(error: ShippingError) -> Self {
        Self::conflict(error.code(), error.detail()).at_field(error.field())
    }
}
