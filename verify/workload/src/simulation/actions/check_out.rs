//! Asking what a basket costs at an address, with a code, and ordering it for that.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::Money;
use rand::Rng;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::action::{Action, Exchange, NextStep};
use super::buy::{self, Buy, MAX_LINES};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::delivery;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct CheckOut {
    /// Its total is that of the goods until the shop has named the order's.
    order: Buy,
}

/// The members of a quote that decide whether the basket is ordered.
#[derive(Deserialize)]
struct Quote {
    total: Money,
    problems: Vec<Value>,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    let lines = me.rng.random_range(1..=MAX_LINES);
    let delivery = delivery::choose(&mut me.rng, me.shared.shipping_method);
    let order = Buy { delivery, ..buy::fill_basket(me, ActionKind::CheckOut, lines, None) };
    Box::new(CheckOut { order })
}

impl Action for CheckOut {
    fn kind(&self) -> ActionKind {
        ActionKind::CheckOut
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let asked: Map<String, Value> =
            [("items".to_owned(), json!(self.order.lines()))].into_iter().chain(self.order.delivery.clone()).collect();
        ApiRequest::post("/api/orders/quote", &asked).with_token(me.token())
    }

    fn handle_response(&mut self, _me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let quote: Quote = exchange.response.parse()?;
        if !quote.problems.is_empty() {
            // Sold out, or the code is used up.
            return Ok(NextStep::Done);
        }
        ensure!(quote.total > Money::ZERO, "goods for nothing: {}", exchange.response);
        Ok(NextStep::Then(Box::new(Buy { total: quote.total, ..self.order.clone() })))
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
