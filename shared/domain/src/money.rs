//! Money as a whole number of cents. JSON carries a number with at most two decimals.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount in cents of the shop's one currency. Never negative where it comes from a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 99999999.99, multiple_of = 0.01, example = 1099.9)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);
    /// The maximum of the original schema's `DECIMAL(10,2)`: 99999999.99.
    pub const MAX: Self = Self(9_999_999_999);

    /// From cents, as SQL and events carry it.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    pub const fn cents(self) -> i64 {
        self.0
    }

    /// `quantity` times this price; `None` past [`Money::MAX`].
    pub fn checked_mul(self, quantity: i64) -> Option<Self> {
        self.0.checked_mul(quantity).map(Self).filter(|m| *m <= Self::MAX)
    }

    /// The sum; `None` past [`Money::MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self).filter(|m| *m <= Self::MAX)
    }

    /// Rounds a client's number to cents: `239.96999999999997` is 239.97.
    ///
    /// # Errors
    /// When it is not finite, negative, or more than [`Money::MAX`].
    pub fn from_f64_rounded(amount: f64) -> Result<Self, InvalidMoney> {
        // Checked before rounding: a number slightly below zero is negative.
        if !(0.0..=Self::MAX.to_f64()).contains(&amount) {
            return Err(InvalidMoney::Range);
        }
        // Doubles hold 15 decimal digits and MAX has 10: the product is exact to the cent.
        Ok(Self((amount * 100.0).round() as i64))
    }

    /// Accepts a number with at most two decimals.
    ///
    /// # Errors
    /// As [`Money::from_f64_rounded`], and when there are more decimals.
    pub fn from_f64_exact(amount: f64) -> Result<Self, InvalidMoney> {
        let money = Self::from_f64_rounded(amount)?;
        // A client may have made the amount by multiplying cents: 57 times 0.01 is slightly more
        // than 0.57.
        if (money.to_f64() - amount).abs() > 2.0 * f64::EPSILON * amount.abs() {
            return Err(InvalidMoney::Decimals);
        }
        Ok(money)
    }

    /// The nearest double, whose shortest decimal form is the amount itself.
    fn to_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 { to.serialize_i64(self.0 / 100) } else { to.serialize_f64(self.to_f64()) }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_f64_exact(f64::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// An amount as a client computed it, with floating-point noise: rounded to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 99999999.99, example = 239.97)]
pub struct RoundedMoney(pub Money);

impl<'de> Deserialize<'de> for RoundedMoney {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Money::from_f64_rounded(f64::deserialize(from)?).map(Self).map_err(de::Error::custom)
    }
}

/// A number that is no valid amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// Not finite, negative or too large.
    #[error("must be an amount from 0 to 99999999.99")]
    Range,
    /// Fractions of a cent.
    #[error("must have at most two decimals")]
    Decimals,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn float_noise_is_rounded_to_the_cent() {
        assert_eq!(Money::from_f64_rounded(239.969_999_999_999_97), Ok(Money(23997)));
        assert_eq!(Money::from_f64_exact(1099.9), Ok(Money(109_990)));
        assert_eq!(Money::from_f64_exact(57.0 * 0.01), Ok(Money(57)));
        assert_eq!(Money::from_f64_exact(99_999_999.99), Ok(Money::MAX));
        assert_eq!(Money::from_f64_rounded(-0.0), Ok(Money::ZERO));
        for bad in [19.999, 0.001, 1e-300, 99_999_999.985] {
            assert_eq!(Money::from_f64_exact(bad), Err(InvalidMoney::Decimals), "{bad}");
        }
        for bad in [-0.01, -0.001, -1e-300, f64::NAN, f64::INFINITY, 1e300, 100_000_000.0, 99_999_999.994] {
            assert_eq!(Money::from_f64_rounded(bad), Err(InvalidMoney::Range), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn json_brings_every_amount_back(cents in 0..=Money::MAX.0) {
            let text = serde_json::to_string(&Money(cents)).unwrap();
            let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
            prop_assert!(decimals <= 2, "{text}");
            prop_assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), Money(cents));
        }
    }
}
