//! The price of a basket.

use serde::{Deserialize, Serialize};

use super::{Discount, Percentage, PricingRules, ShippingMethod};
use crate::addresses::{Address, Region};
use crate::{Money, ProductId};

/// The category of a tax rate that applies to shipping.
const SHIPPING: &str = "shipping";

/// A quantity of one product, as the catalog has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    pub product_id: ProductId,
    pub quantity: i32,
    /// The price of one unit.
    pub price: Money,
    pub category: Option<String>,
}

/// What a line costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// Its share of the order's discount.
    pub discount: Money,
    /// The tax on it: part of `total`, whether or not prices include tax.
    pub tax: Money,
    /// The rate of that tax.
    pub tax_rate: Percentage,
    /// What is paid for it.
    pub total: Money,
}

/// The money of an order: `subtotal − discount + shipping + (taxIncluded ? 0 : tax) = total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// Quantity times price of all lines.
    pub subtotal: Money,
    /// The sum of the lines' discounts.
    pub discount: Money,
    pub shipping: Money,
    /// The tax on shipping, which is part of `tax`.
    pub shipping_tax: Money,
    /// The tax on all lines and on shipping.
    pub tax: Money,
    /// Whether prices and shipping include their tax.
    pub tax_included: bool,
    /// What is paid.
    pub total: Money,
}

/// A basket with its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedGoods {
    /// One for each of the goods, in their order.
    pub lines: Vec<PricedLine>,
    pub amounts: Amounts,
}

/// What goods cost at an address by these rules. `None` if an amount exceeds [`Money::MAX`]. The
/// discount has been checked.
pub fn price(
    goods: &[Goods],
    rules: &PricingRules,
    address: Option<&Address>,
    method: Option<&ShippingMethod>,
    discount: Option<&Discount>,
) -> Option<PricedGoods> {
    let gross: Vec<Money> =
        goods.iter().map(|line| line.price.checked_mul(i64::from(line.quantity))).collect::<Option<_>>()?;
    let subtotal = gross.iter().try_fold(Money::ZERO, |sum, line| sum.checked_add(*line))?;
    let taken = discount.map_or(Money::ZERO, |discount| discount.value.of(subtotal));
    let shares = share(taken, &gross);

    let tax_included = rules.settings.prices_include_tax;
    let country = rules.country(address);
    let region = address.and_then(|address| address.region.as_ref()).map(Region::as_str);
    let tax_on =
        |amount: Money, rate: Percentage| if tax_included { rate.contained_in(amount) } else { rate.of(amount) };

    let lines: Vec<PricedLine> = goods
        .iter()
        .zip(gross.iter().zip(shares))
        .map(|(line, (gross, discount))| {
            let tax_rate = rules.tax_rate(country, region, line.category.as_deref());
            let net = *gross - discount;
            let tax = tax_on(net, tax_rate);
            PricedLine { discount, tax, tax_rate, total: if tax_included { net } else { net + tax } }
        })
        .collect();

    let shipping = method.map_or(Money::ZERO, |method| method.price_for(subtotal - taken));
    let shipping_tax = tax_on(shipping, rules.tax_rate(country, region, Some(SHIPPING)));
    let tax = lines.iter().map(|line| line.tax).sum::<Money>() + shipping_tax;
    let added = if tax_included { Money::ZERO } else { tax };
    let total = (subtotal - taken).checked_add(shipping)?.checked_add(added)?;
    let amounts = Amounts { subtotal, discount: taken, shipping, shipping_tax, tax, tax_included, total };
    Some(PricedGoods { lines, amounts })
}

/// Shares an amount by weight: the shares add up to it, none exceeds its weight, and each is less
/// than a cent away from its exact share (the largest remainders get the cents that are left).
fn share(amount: Money, weights: &[Money]) -> Vec<Money> {
    let amount = i128::from(amount.cents());
    let whole: i128 = weights.iter().map(|weight| i128::from(weight.cents())).sum();
    if whole == 0 {
        return vec![Money::ZERO; weights.len()];
    }
    let exact = |weight: &Money| amount * i128::from(weight.cents());
    let mut shares: Vec<i128> = weights.iter().map(|weight| exact(weight) / whole).collect();
    let left = amount - shares.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|place| std::cmp::Reverse(exact(&weights[*place]) % whole));
    for place in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[place] += 1;
    }
    // A share is at most its weight, which is Money.
    shares.into_iter().map(|cents| Money::from_cents(i64::try_from(cents).unwrap_or(i64::MAX))).collect()
}
