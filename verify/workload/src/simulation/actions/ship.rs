//! Shipping an order, or one of its pieces, by an admin.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::{Fulfilment, OrderStatus};
use rand::Rng;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

#[derive(Debug)]
struct Ship {
    order: KnownOrder,
    /// One piece of the order's first product; otherwise all that is left.
    one_piece: bool,
    key: String,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let order = me.take_order(OrderStatus::PartiallyShipped).or_else(|| me.take_order(OrderStatus::Confirmed))?;
    let one_piece = order.status == OrderStatus::Confirmed && order.pieces > 1 && me.rng.random_bool(0.5);
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Some(Box::new(Ship { order, one_piece, key }))
}

impl Action for Ship {
    fn kind(&self) -> ActionKind {
        ActionKind::Ship
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let path = format!("/api/orders/{}/fulfilments", self.order.id);
        let mut shipment = json!({"carrier": "Load Post", "trackingNumber": &self.key});
        if self.one_piece {
            shipment["items"] = json!([{"productId": self.order.products[0], "quantity": 1}]);
        }
        ApiRequest::post(path, &shipment).with_token(me.admin_token()).with_idempotency_key(&self.key)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => {
                let shipped: Fulfilment = exchange.response.parse()?;
                ensure!(shipped.order_id == self.order.id, "another order's shipment: {}", exchange.response);
                me.record_keyed_request(&exchange.request, &exchange.response, None)?;
                let status = if self.one_piece { OrderStatus::PartiallyShipped } else { OrderStatus::Shipped };
                me.return_order(KnownOrder { status, ..self.order.clone() });
                Ok(NextStep::Done)
            }
            // All of its money was refunded.
            (409, "illegal_transition") => Ok(NextStep::Done),
            _ => exchange.unexpected_response(),
        }
    }
}
