//! Reading one of one's orders.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::Order;
use rand::Rng;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

#[derive(Debug)]
struct ViewOrder {
    order: KnownOrder,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    if me.orders.is_empty() {
        return None;
    }
    let order = me.orders[me.rng.random_range(0..me.orders.len())].clone();
    Some(Box::new(ViewOrder { order }))
}

impl Action for ViewOrder {
    fn kind(&self) -> ActionKind {
        ActionKind::Order
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        ApiRequest::get(format!("/api/orders/{}", self.order.id)).with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let order: Order = exchange.response.parse()?;
        let same = order.total == self.order.total && Some(order.user_id) == me.id();
        ensure!(same, "not the order of {} that was placed: {}", self.order.total, exchange.response);
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
