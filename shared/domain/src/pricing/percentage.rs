//! A percentage with two decimals.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Money;

/// 0 to 100 %, in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 100, multiple_of = 0.01, example = 19)]
pub struct Percentage(i32);

impl Percentage {
    pub const ZERO: Self = Self(0);

    /// From hundredths of a percent, as SQL carries it.
    pub const fn from_basis_points(points: i32) -> Self {
        Self(points)
    }

    pub const fn basis_points(self) -> i32 {
        self.0
    }

    /// This part of an amount, half a cent rounded up.
    pub fn of(self, amount: Money) -> Money {
        divide_half_up(i128::from(amount.cents()) * i128::from(self.0), 10_000)
    }

    /// The part of an amount that already contains it: the tax in a price that includes it.
    pub fn contained_in(self, amount: Money) -> Money {
        divide_half_up(i128::from(amount.cents()) * i128::from(self.0), 10_000 + i128::from(self.0))
    }
}

/// The quotient of two numbers that are not negative, in cents.
fn divide_half_up(dividend: i128, divisor: i128) -> Money {
    // Money has ten digits and a percentage five: the quotient is never larger than the amount.
    Money::from_cents(i64::try_from((2 * dividend + divisor) / (2 * divisor)).unwrap_or(i64::MAX))
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Money::from_cents(i64::from(self.0)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let points = Money::from_f64_exact(f64::deserialize(from)?).ok().map(Money::cents);
        let points = points.and_then(|points| i32::try_from(points).ok()).filter(|points| *points <= 10_000);
        points
            .map(Self)
            .ok_or_else(|| de::Error::custom("must be a percentage from 0 to 100 with at most two decimals"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_a_cent_is_rounded_up() {
        let half = Percentage::from_basis_points(5000);
        assert_eq!(half.of(Money::from_cents(1)), Money::from_cents(1));
        assert_eq!(Percentage::from_basis_points(1900).of(Money::from_cents(250)), Money::from_cents(48));
        assert_eq!(
            Percentage::from_basis_points(1900).contained_in(Money::from_cents(11_900)),
            Money::from_cents(1900)
        );
    }

    proptest! {
        #[test]
        fn inclusive_and_exclusive_tax_agree_to_a_cent(net in 0..=4_000_000_000i64, points in 0..=10_000i32) {
            let (net, rate) = (Money::from_cents(net), Percentage::from_basis_points(points));
            let tax = rate.of(net);
            let back = rate.contained_in(net + tax);
            prop_assert!((tax.cents() - back.cents()).abs() <= 1, "{tax} {back}");
        }

        #[test]
        fn json_brings_every_percentage_back(points in 0..=10_000i32) {
            let text = serde_json::to_string(&Percentage(points)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Percentage>(&text).unwrap(), Percentage(points));
        }
    }
}
