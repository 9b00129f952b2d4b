//! What people do in a shop, and how often.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use rand::Rng;
use rand::rngs::StdRng;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A page of the catalogue.
    Browse,
    /// The catalogue by a word.
    Search,
    /// One product.
    Product,
    /// What is said of a product, and its summary.
    Reviews,
    /// A new account.
    SignUp,
    /// A new session.
    LogIn,
    /// An order of one line.
    BuyOne,
    /// An order of several lines.
    BuyMany,
    /// An order whose card is declined.
    Decline,
    /// Paying for that again.
    Pay,
    /// Calling an order off.
    Cancel,
    /// Giving money back, by an admin.
    Refund,
    /// One's orders.
    Orders,
    /// One order.
    Order,
    /// An order's payments.
    Payments,
    /// What one was told.
    Notifications,
    /// A new review.
    Review,
    /// Changing it.
    EditReview,
    /// Taking it back.
    DeleteReview,
    /// A behaviour event.
    Track,
    /// Counting stock anew, by an admin.
    Stock,
}

/// Every kind, its name, and how often it is chosen: for each order some seven looks, as in a shop
/// whose visitors mean to buy, and enough of what rarely happens to see it in half a minute.
const KINDS: [(Kind, &str, u32); 21] = [
    (Kind::Browse, "browse", 18),
    (Kind::Search, "search", 8),
    (Kind::Product, "product", 24),
    (Kind::Reviews, "reviews", 8),
    (Kind::SignUp, "sign_up", 1),
    (Kind::LogIn, "log_in", 1),
    (Kind::BuyOne, "buy_one", 8),
    (Kind::BuyMany, "buy_many", 5),
    (Kind::Decline, "decline", 2),
    (Kind::Pay, "pay", 2),
    (Kind::Cancel, "cancel", 2),
    (Kind::Refund, "refund", 1),
    (Kind::Orders, "orders", 2),
    (Kind::Order, "order", 2),
    (Kind::Payments, "payments", 1),
    (Kind::Notifications, "notifications", 2),
    (Kind::Review, "review", 3),
    (Kind::EditReview, "edit_review", 1),
    (Kind::DeleteReview, "delete_review", 1),
    (Kind::Track, "track", 12),
    (Kind::Stock, "stock", 1),
];

impl Kind {
    /// As options, tables and JSON name it.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Whether only an admin may do it.
    pub fn is_an_admins(self) -> bool {
        matches!(self, Self::Refund | Self::Stock)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often each kind is chosen, relative to the others.
#[derive(Clone, Debug)]
pub struct Weights(Vec<(Kind, u32)>);

impl Default for Weights {
    fn default() -> Self {
        Self(KINDS.iter().map(|(kind, _, weight)| (*kind, *weight)).collect())
    }
}

impl Weights {
    /// The same without some kinds.
    #[must_use]
    pub fn without(mut self, left_out: impl Fn(Kind) -> bool) -> Self {
        self.0.retain(|(kind, _)| !left_out(*kind));
        self
    }

    pub(crate) fn choose(&self, rng: &mut StdRng) -> Kind {
        let all: u32 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut place = rng.random_range(0..all.max(1));
        for (kind, weight) in &self.0 {
            match place.checked_sub(*weight) {
                Some(rest) => place = rest,
                None => return *kind,
            }
        }
        Kind::Browse
    }
}

/// `browse=20,buy_one=0`: what is not named keeps its weight. `only,buy_one=1`: the rest is 0.
impl FromStr for Weights {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut weights = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "only" {
                weights.0.iter_mut().for_each(|(_, weight)| *weight = 0);
                continue;
            }
            let Some((name, number)) = part.split_once('=') else { bail!("{part}: say KIND=NUMBER") };
            let Some(entry) = weights.0.iter_mut().find(|(kind, _)| kind.name() == name.trim()) else {
                let names: Vec<&str> = KINDS.iter().map(|(_, name, _)| *name).collect();
                bail!("{name}: is none of {}", names.join(", "));
            };
            let Ok(number) = number.trim().parse::<u16>() else { bail!("{part}: the number is from 0 to 65535") };
            entry.1 = number.into();
        }
        if weights.0.iter().all(|(_, weight)| *weight == 0) {
            bail!("nothing is left to do: all weights are 0");
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn kinds_are_chosen_as_often_as_they_weigh() {
        let weights: Weights = "only,buy_one=1,browse=3".parse().unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let chosen: Vec<Kind> = (0..4000).map(|_| weights.choose(&mut rng)).collect();
        let browsed = chosen.iter().filter(|kind| **kind == Kind::Browse).count();
        assert!(chosen.iter().all(|kind| [Kind::Browse, Kind::BuyOne].contains(kind)));
        assert!((2850..3150).contains(&browsed), "{browsed} of 4000");
    }

    #[test]
    fn what_cannot_be_weighed_is_named() {
        for (bad, why) in [
            ("steal=1", "steal: is none of browse"),
            ("browse", "browse: say KIND=NUMBER"),
            ("browse=-1", "from 0 to 65535"),
            ("only", "nothing is left"),
        ] {
            assert!(bad.parse::<Weights>().unwrap_err().to_string().contains(why), "{bad}");
        }
    }
}
