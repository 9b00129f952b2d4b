//! Buying without an account.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::UserId;
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use super::buy::{self, Buy, MAX_LINES};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::delivery;
use crate::simulation::user_state::{Account, UserState};

/// A guest is asked for by name and address, and may be asked for again: nobody misses one.
#[derive(Debug)]
struct BuyAsGuest {
    email: String,
    order: Buy,
}

#[derive(Deserialize)]
struct SignedIn {
    guest: Guest,
    token: String,
}

#[derive(Deserialize)]
struct Guest {
    id: UserId,
    email: String,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    let lines = me.rng.random_range(1..=MAX_LINES);
    let email = me.new_email();
    let goods = buy::fill_basket(me, ActionKind::BuyAsGuest, lines, None);
    // To the address only, where shipping is free: the total is that of the goods.
    let mut delivery = delivery::choose(&mut me.rng, None);
    delivery.remove("discountCode");
    Box::new(BuyAsGuest { email, order: Buy { delivery, ..goods } })
}

impl Action for BuyAsGuest {
    fn kind(&self) -> ActionKind {
        ActionKind::BuyAsGuest
    }

    fn request(&self, _me: &UserState) -> ApiRequest {
        ApiRequest::post("/api/users/guest", &json!({"email": self.email, "name": "Gil Guest"}))
    }

    fn handle_response(&mut self, _me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 201 {
            return exchange.unexpected_response();
        }
        let SignedIn { guest, token } = exchange.response.parse()?;
        ensure!(guest.email == self.email, "another guest: {}", exchange.response);
        let buyer = Some(Account { id: guest.id, email: guest.email, token });
        Ok(NextStep::Then(Box::new(Buy { buyer, ..self.order.clone() })))
    }
}
