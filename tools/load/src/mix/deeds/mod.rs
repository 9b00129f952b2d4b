//! What customers do: one file per use case, with what is asked and what the answers mean.

mod browse;
mod buy;
mod cancel;
mod count_stock;
mod delete_review;
mod edit_review;
mod find_review;
pub(crate) mod log_in;
mod notifications;
mod order;
mod orders;
mod pay;
mod payments;
mod product;
mod refund;
mod review;
mod reviews;
mod search;
mod sign_up;
mod track;

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::customer::Customer;
use super::kind::Kind;
use crate::shop::{Answer, Request};

/// Something that a customer wants of the shop.
pub(crate) trait Deed: Debug + Send + Sync {
    fn kind(&self) -> Kind;

    /// What is asked; the same each time but for the token.
    fn request(&self, me: &Customer) -> Request;

    /// What the answer means. Troubles (503, 429, 401 and other 5xx) do not come here.
    ///
    /// # Errors
    /// When the shop should not have answered that.
    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next>;

    /// Whether it is asked again when no answer came. Who only looked looks elsewhere.
    fn is_worth_repeating(&self) -> bool {
        true
    }
}

/// A request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) answer: Answer,
    /// 1 for the first.
    pub(crate) tries: u32,
}

/// What comes after an answer.
#[derive(Debug)]
pub(crate) enum Next {
    Done,
    /// The same again, after a pause.
    Again(Duration),
    Then(Box<dyn Deed>),
}

impl Exchange {
    fn status(&self) -> u16 {
        self.answer.status
    }

    /// An earlier try may have taken effect.
    fn is_repeated(&self) -> bool {
        self.tries > 1
    }

    fn unexpected<T>(&self) -> Result<T> {
        Err(anyhow!("{} {} (try {}): {}", self.request.method, self.request.path, self.tries, self.answer))
    }
}

/// Something new to do, of a kind chosen by weight; where that is not possible, what makes it
/// possible next time.
pub(crate) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    let weights = &me.run.weights;
    let kind = weights.choose(&mut me.rng);
    let anybodys = matches!(kind, Kind::Browse | Kind::Search | Kind::Product | Kind::Reviews | Kind::Stock);
    // While an account is on its way nothing is begun in another's name.
    let is_opening = me.errands.iter().any(|errand| errand.deed.kind() == Kind::SignUp);
    if !anybodys && (is_opening || me.account.is_none()) {
        return if is_opening { browse::choose(me) } else { sign_up::choose(me) };
    }
    let possible = match kind {
        Kind::Browse => Some(browse::choose(me)),
        Kind::Search => Some(search::choose(me)),
        Kind::Product => Some(product::choose(me)),
        Kind::Reviews => Some(reviews::choose(me)),
        // What is under way belongs to the account of now.
        Kind::SignUp => me.errands.is_empty().then(|| sign_up::choose(me)),
        Kind::LogIn => Some(log_in::again()),
        Kind::BuyOne => Some(buy::one(me)),
        Kind::BuyMany => Some(buy::many(me)),
        Kind::Decline => Some(buy::declined(me)),
        Kind::Pay => pay::choose(me).or_else(|| Some(buy::declined(me))),
        Kind::Cancel => cancel::choose(me).or_else(|| Some(buy::one(me))),
        Kind::Refund => refund::choose(me).or_else(|| payments::choose(me)).or_else(|| Some(buy::one(me))),
        Kind::Orders => Some(orders::choose()),
        Kind::Order => order::choose(me).or_else(|| Some(buy::many(me))),
        Kind::Payments => payments::choose(me).or_else(|| Some(buy::one(me))),
        Kind::Notifications => Some(notifications::choose()),
        Kind::Review => review::choose(me),
        Kind::EditReview => edit_review::choose(me).or_else(|| review::choose(me)),
        Kind::DeleteReview => delete_review::choose(me).or_else(|| review::choose(me)),
        Kind::Track => Some(track::choose(me)),
        Kind::Stock => Some(count_stock::choose(me)),
    };
    possible.unwrap_or_else(|| product::choose(me))
}
