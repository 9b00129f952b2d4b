//! Why a change of settings, tax rates, shipping methods or discounts is refused.

use crate::Problem;

/// The most tax rates of a shop: the states and categories of several countries. All of them are
/// read together, whenever an instance has none in memory.
pub const MAX_TAX_RATES: i64 = 500;
/// The most shipping methods of a shop. All of them are shown together.
pub const MAX_SHIPPING_METHODS: i64 = 100;

/// A change that contradicts what the shop has. The problem names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricingConflict {
    /// There is a rate of this country, region and category.
    TaxRateTaken,
    /// There are [`MAX_TAX_RATES`].
    TooManyTaxRates,
    /// There is a method of this name.
    ShippingMethodTaken,
    /// There are [`MAX_SHIPPING_METHODS`].
    TooManyShippingMethods,
    /// There is a discount with this code.
    DiscountCodeTaken,
    /// Orders have used the discount, which they refer to.
    DiscountUsed,
    /// The limit would be below the uses that orders hold.
    LimitBelowUses {
        /// Of orders that are neither cancelled nor failed.
        uses: i32,
    },
}

impl From<PricingConflict> for Problem {
    fn from(conflict: PricingConflict) -> Self {
        match conflict {
            PricingConflict::TaxRateTaken => {
                let detail = "There is a tax rate of this country, region and category already.";
                Self::conflict("tax_rate_taken", detail).at_field("country")
            }
            PricingConflict::TooManyTaxRates => {
                Self::conflict("too_many_tax_rates", format!("A shop has at most {MAX_TAX_RATES} tax rates."))
            }
            PricingConflict::ShippingMethodTaken => {
                let detail = "There is a shipping method of this name already.";
                Self::conflict("shipping_method_taken", detail).at_field("name")
            }
            PricingConflict::TooManyShippingMethods => {
                let detail = format!("A shop has at most {MAX_SHIPPING_METHODS} shipping methods.");
                Self::conflict("too_many_shipping_methods", detail)
            }
            PricingConflict::DiscountCodeTaken => {
                let detail = "There is a discount with this code already.";
                Self::conflict("discount_code_taken", detail).at_field("code")
            }
            PricingConflict::DiscountUsed => {
                let detail = "Orders refer to this discount. Switch it off instead of deleting it.";
                Self::conflict("discount_used", detail)
            }
            PricingConflict::LimitBelowUses { uses } => {
                let detail = format!("Orders hold {uses} uses of this discount: maxUses cannot be less.");
                Self::conflict("below_uses", detail).at_field("maxUses").with_extension("uses", uses)
            }
        }
    }
}
