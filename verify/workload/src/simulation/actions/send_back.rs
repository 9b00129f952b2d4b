//! Sending a piece of an order back, which an admin receives: it is refunded and back in stock.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::OrderStatus;
use serde::Deserialize;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

#[derive(Debug)]
struct AskForReturn {
    order: KnownOrder,
    key: String,
}

#[derive(Debug)]
struct ReceiveReturn {
    order: KnownOrder,
    id: String,
}

/// A return as its responses show it.
#[derive(Deserialize)]
struct Returned {
    id: String,
    status: String,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let order = me.take_order(OrderStatus::Shipped)?;
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Some(Box::new(AskForReturn { order, key }))
}

impl Action for AskForReturn {
    fn kind(&self) -> ActionKind {
        ActionKind::SendBack
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let piece = json!({"productId": self.order.products[0], "quantity": 1});
        let asked = json!({"items": [piece], "reason": "It does not suit me."});
        let path = format!("/api/orders/{}/returns", self.order.id);
        ApiRequest::post(path, &asked).with_token(me.token()).with_idempotency_key(&self.key)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => {
                let Returned { id, status } = exchange.response.parse()?;
                ensure!(status == "requested", "another status: {}", exchange.response);
                me.record_keyed_request(&exchange.request, &exchange.response, me.id())?;
                Ok(NextStep::Then(Box::new(ReceiveReturn { order: self.order.clone(), id })))
            }
            // Its first product was sent back completely.
            (409, "too_many_pieces") => Ok(NextStep::Done),
            _ => exchange.unexpected_response(),
        }
    }
}

impl Action for ReceiveReturn {
    fn kind(&self) -> ActionKind {
        ActionKind::ReceiveReturn
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let piece = json!({"productId": self.order.products[0], "quantity": 1});
        let received = json!({"status": "received", "restock": [piece]});
        let path = format!("/api/orders/{}/returns/{}", self.order.id, self.id);
        ApiRequest::put(path, &received).with_token(me.admin_token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let Returned { status, .. } = exchange.response.parse()?;
        ensure!(status == "received", "another status: {}", exchange.response);
        // What is refundable has changed.
        me.payments.retain(|payment| payment.order != self.order.id);
        me.return_order(self.order.clone());
        Ok(NextStep::Done)
    }
}
