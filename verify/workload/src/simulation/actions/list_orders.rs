//! Listing one's orders.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::Order;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct ListOrders;

pub(super) fn choose() -> Box<dyn Action> {
    Box::new(ListOrders)
}

impl Action for ListOrders {
    fn kind(&self) -> ActionKind {
        ActionKind::Orders
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        ApiRequest::get("/api/orders?limit=20").with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let orders: Vec<Order> = exchange.response.parse()?;
        let mine = orders.iter().all(|order| Some(order.user_id) == me.id());
        ensure!(mine, "another user's orders: {}", exchange.response);
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
