//! The actions of customers: one file per action, with its request and the meaning of its
//! responses.

mod action;
mod browse;
mod buy;
mod buy_as_guest;
mod cancel;
mod check_out;
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
mod send_back;
mod session;
mod set_stock;
mod ship;
mod sign_up;
mod track;
mod view_order;
mod view_product;

use super::action_kind::ActionKind;
use super::user_state::UserState;

pub(crate) use action::{Action, Exchange, NextStep};

/// A new action, of a kind chosen by weight; if that is not possible, one that makes it possible
/// next time.
pub(crate) fn choose_action(me: &mut UserState, is_signing_up: bool, has_pending: bool) -> Box<dyn Action> {
    let weights = &me.shared.weights;
    let kind = weights.choose(&mut me.rng);
    let anybodys = matches!(
        kind,
        ActionKind::Browse | ActionKind::Search | ActionKind::Product | ActionKind::Reviews | ActionKind::SetStock
    );
    // While a sign-up is pending nothing is begun for another account.
    if !anybodys && (is_signing_up || me.account.is_none()) {
        return if is_signing_up { browse::choose(me) } else { sign_up::choose(me) };
    }
    let possible = match kind {
        ActionKind::Browse => Some(browse::choose(me)),
        ActionKind::Search => Some(search::choose(me)),
        ActionKind::Product => Some(view_product::choose(me)),
        ActionKind::Reviews => Some(list_reviews::choose(me)),
        // Pending requests belong to the current account.
        ActionKind::SignUp => (!has_pending).then(|| sign_up::choose(me)),
        ActionKind::LogIn => Some(log_in::into_known_account()),
        ActionKind::BuyOne => Some(buy::buy_one(me)),
        ActionKind::BuyMany => Some(buy::buy_many(me)),
        ActionKind::CheckOut => Some(check_out::choose(me)),
        ActionKind::BuyAsGuest => Some(buy_as_guest::choose(me)),
        ActionKind::BuyDeclined => Some(buy::buy_declined(me)),
        ActionKind::PayAgain => pay::choose(me).or_else(|| Some(buy::buy_declined(me))),
        ActionKind::Cancel => cancel::choose(me).or_else(|| Some(buy::buy_one(me))),
        ActionKind::Refund => {
            refund::choose(me).or_else(|| list_payments::choose(me)).or_else(|| Some(buy::buy_one(me)))
        }
        ActionKind::Ship => ship::choose(me).or_else(|| Some(buy::buy_one(me))),
        // One that was asked for is received next: it is not begun on its own.
        ActionKind::SendBack | ActionKind::ReceiveReturn => send_back::choose(me).or_else(|| ship::choose(me)),
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
