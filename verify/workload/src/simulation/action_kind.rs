//! The kinds of actions, and how often each is chosen.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use rand::Rng;
use rand::rngs::StdRng;

/// One kind of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionKind {
    /// A page of the catalog.
    Browse,
    /// A search by a word.
    Search,
    /// Reads the page of one product.
    Product,
    /// A product's reviews, or their summary.
    Reviews,
    SignUp,
    LogIn,
    /// An order of one line.
    BuyOne,
    /// An order of several lines.
    BuyMany,
    /// A quote for an address with a code, and the order.
    CheckOut,
    /// An order of a guest, to an address.
    BuyAsGuest,
    /// An order whose card is declined.
    BuyDeclined,
    /// Paying for that order again.
    PayAgain,
    Cancel,
    /// A refund, by an admin.
    Refund,
    /// A shipment, by an admin.
    Ship,
    /// A return, by the customer; an admin receives it next.
    SendBack,
    /// What arrived is refunded and restocked, by an admin.
    ReceiveReturn,
    /// The list of one's orders.
    Orders,
    /// Reads one of the user's orders.
    Order,
    /// Reads the payments of one order.
    Payments,
    /// The list of one's notifications.
    Notifications,
    WriteReview,
    EditReview,
    DeleteReview,
    Track,
    /// Setting a stock, by an admin.
    SetStock,
}

/// Every kind, its name, and its weight: for each order some seven page views, as in a shop whose
/// visitors intend to buy, and enough of the rare actions to see them in half a minute.
const KINDS: [(ActionKind, &str, u32); 26] = [
    (ActionKind::Browse, "browse", 18),
    (ActionKind::Search, "search", 8),
    (ActionKind::Product, "product", 24),
    (ActionKind::Reviews, "reviews", 8),
    (ActionKind::SignUp, "sign_up", 1),
    (ActionKind::LogIn, "log_in", 1),
    (ActionKind::BuyOne, "buy_one", 8),
    (ActionKind::BuyMany, "buy_many", 5),
    (ActionKind::CheckOut, "check_out", 4),
    (ActionKind::BuyAsGuest, "guest", 1),
    (ActionKind::BuyDeclined, "decline", 2),
    (ActionKind::PayAgain, "pay", 2),
    (ActionKind::Cancel, "cancel", 2),
    (ActionKind::Refund, "refund", 1),
    (ActionKind::Ship, "ship", 2),
    (ActionKind::SendBack, "send_back", 1),
    // Follows a return.
    (ActionKind::ReceiveReturn, "receive", 0),
    (ActionKind::Orders, "orders", 2),
    (ActionKind::Order, "order", 2),
    (ActionKind::Payments, "payments", 1),
    (ActionKind::Notifications, "notifications", 2),
    (ActionKind::WriteReview, "review", 3),
    (ActionKind::EditReview, "edit_review", 1),
    (ActionKind::DeleteReview, "delete_review", 1),
    (ActionKind::Track, "track", 12),
    (ActionKind::SetStock, "stock", 1),
];

impl ActionKind {
    /// The name in options, tables and JSON.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Those that only an admin may do, or that an admin completes.
    pub const BY_ADMIN: [Self; 5] = [Self::Refund, Self::Ship, Self::SendBack, Self::ReceiveReturn, Self::SetStock];

    /// Whether only an admin may do it.
    pub fn needs_admin(self) -> bool {
        Self::BY_ADMIN.contains(&self) && self != Self::SendBack
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often each kind is chosen, relative to the others.
#[derive(Clone, Debug)]
pub struct Weights(Vec<(ActionKind, u32)>);

impl Default for Weights {
    fn default() -> Self {
        Self(KINDS.iter().map(|(kind, _, weight)| (*kind, *weight)).collect())
    }
}

impl Weights {
    /// The same without some kinds.
    #[must_use]
    pub fn without(mut self, left_out: impl Fn(ActionKind) -> bool) -> Self {
        self.0.retain(|(kind, _)| !left_out(*kind));
        self
    }

    pub(crate) fn choose(&self, rng: &mut StdRng) -> ActionKind {
        let all: u32 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut place = rng.random_range(0..all.max(1));
        for (kind, weight) in &self.0 {
            match place.checked_sub(*weight) {
                Some(rest) => place = rest,
                None => return *kind,
            }
        }
        ActionKind::Browse
    }
}

/// `browse=20,buy_one=0`: kinds that are not named keep their weight. `only,buy_one=1`: all others
/// get 0.
impl FromStr for Weights {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut weights = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "only" {
                weights.0.iter_mut().for_each(|(_, weight)| *weight = 0);
                continue;
            }
            let Some((name, number)) = part.split_once('=') else { bail!("{part}: use KIND=NUMBER") };
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
        let chosen: Vec<ActionKind> = (0..4000).map(|_| weights.choose(&mut rng)).collect();
        let browsed = chosen.iter().filter(|kind| **kind == ActionKind::Browse).count();
        assert!(chosen.iter().all(|kind| [ActionKind::Browse, ActionKind::BuyOne].contains(kind)));
        assert!((2850..3150).contains(&browsed), "{browsed} of 4000");
    }

    #[test]
    fn an_unknown_kind_is_named_in_the_error() {
        for (bad, why) in [
            ("steal=1", "steal: is none of browse"),
            ("browse", "browse: use KIND=NUMBER"),
            ("browse=-1", "from 0 to 65535"),
            ("only", "nothing is left"),
        ] {
            assert!(bad.parse::<Weights>().unwrap_err().to_string().contains(why), "{bad}");
        }
    }
}
