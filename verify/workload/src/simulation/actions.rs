//! The actions of customers: one file per action, with its request and the meaning of its
//! responses.

mod browse;
mod buy;
mod cancel;
mod delete_review;
mod edit_review;
mod find_review;
mod list_notifications;
mod list_orders;
mod list_payments;
mod list_reviews;
pub(crate) mod log_in;
mod pay;
mod refund;
mod review;
mod search;
mod set_stock;
mod sign_up;
mod track;
mod view_order;
mod view_product;

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, anyhow};
use api_client::{ApiRequest, ApiResponse};

use super::action_kind::ActionKind;
use super::virtual_user::VirtualUser;

/// Something that a customer does in the shop.
pub(crate) trait Action: Debug + Send + Sync {
    fn kind(&self) -> ActionKind;

    /// The request; the same each time except for the token.
    fn request(&self, me: &VirtualUser) -> ApiRequest;

    /// Handles the response. Disruptions (503, 429, 401 and other 5xx) are handled elsewhere.
    ///
    /// # Errors
    /// When the response is unexpected.
    fn handle_response(&mut self, me: &mut VirtualUser, exchange: &Exchange) -> Result<NextStep>;

    /// Whether it is repeated if no response arrived. Plain reads are not.
    fn is_retryable(&self) -> bool {
        true
    }
}

/// A request and its response.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: ApiRequest,
    pub(crate) response: ApiResponse,
    /// 1 for the first.
    pub(crate) attempt: u32,
}

/// What follows a response.
#[derive(Debug)]
pub(crate) enum NextStep {
    Done,
    /// The same again, after a pause.
    Retry(Duration),
    Then(Box<dyn Action>),
}

impl Exchange {
    fn status(&self) -> u16 {
        self.response.status.as_u16()
    }

    /// An earlier attempt may have taken effect.
    fn is_retry(&self) -> bool {
        self.attempt > 1
    }

    fn unexpected_response<T>(&self) -> Result<T> {
        Err(anyhow!(
            "{} {} (try {}): {}",
            self.request.method,
            self.request.path_and_query,
            self.attempt,
            self.response
        ))
    }
}

/// A new action, of a kind chosen by weight; if that is not possible, one that makes it possible
/// next time.
pub(crate) fn choose_action(me: &mut VirtualUser) -> Box<dyn Action> {
    let weights = &me.shared.weights;
    let kind = weights.choose(&mut me.rng);
    let anybodys = matches!(
        kind,
        ActionKind::Browse | ActionKind::Search | ActionKind::Product | ActionKind::Reviews | ActionKind::SetStock
    );
    // While a sign-up is pending nothing is begun for another account.
    let is_opening = me.pending.iter().any(|errand| errand.action.kind() == ActionKind::SignUp);
    if !anybodys && (is_opening || me.account.is_none()) {
        return if is_opening { browse::choose(me) } else { sign_up::choose(me) };
    }
    let possible = match kind {
        ActionKind::Browse => Some(browse::choose(me)),
        ActionKind::Search => Some(search::choose(me)),
        ActionKind::Product => Some(view_product::choose(me)),
        ActionKind::Reviews => Some(list_reviews::choose(me)),
        // Pending requests belong to the current account.
        ActionKind::SignUp => me.pending.is_empty().then(|| sign_up::choose(me)),
        ActionKind::LogIn => Some(log_in::into_known_account()),
        ActionKind::BuyOne => Some(buy::buy_one(me)),
        ActionKind::BuyMany => Some(buy::buy_many(me)),
        ActionKind::BuyDeclined => Some(buy::buy_declined(me)),
        ActionKind::PayAgain => pay::choose(me).or_else(|| Some(buy::buy_declined(me))),
        ActionKind::Cancel => cancel::choose(me).or_else(|| Some(buy::buy_one(me))),
        ActionKind::Refund => {
            refund::choose(me).or_else(|| list_payments::choose(me)).or_else(|| Some(buy::buy_one(me)))
        }
        ActionKind::Orders => Some(list_orders::choose()),
        ActionKind::Order => view_order::choose(me).or_else(|| Some(buy::buy_many(me))),
        ActionKind::Payments => list_payments::choose(me).or_else(|| Some(buy::buy_one(me))),
        ActionKind::Notifications => Some(list_notifications::choose()),
        ActionKind::WriteReview => review::choose(me),
        ActionKind::EditReview => edit_review::choose(me).or_else(|| review::choose(me)),
        ActionKind::DeleteReview => delete_review::choose(me).or_else(|| review::choose(me)),
        ActionKind::Track => Some(track::choose(me)),
        ActionKind::SetStock => Some(set_stock::choose(me)),
    };
    possible.unwrap_or_else(|| view_product::choose(me))
}
