//! Setting a stock after a count, by an admin, which also keeps a long run from selling out the
//! shop.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::ProductId;
use invariants::Acknowledged;
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

/// The counted quantity: enough for a while, and sometimes not.
const COUNTED_QUANTITY: std::ops::RangeInclusive<i32> = 20..=1500;

#[derive(Debug)]
struct SetStock {
    product: ProductId,
    quantity: i32,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    let product = me.shared.catalog.pick_random(&mut me.rng).id;
    Box::new(SetStock { product, quantity: me.rng.random_range(COUNTED_QUANTITY) })
}

impl Action for SetStock {
    fn kind(&self) -> ActionKind {
        ActionKind::SetStock
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let counted = json!({"quantity": self.quantity, "reason": "counted under load"});
        ApiRequest::put(format!("/api/inventory/{}", self.product), &counted).with_token(me.admin_token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        #[derive(Deserialize)]
        struct Stock {
            quantity: i32,
        }
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (200, _) => {
                let stock: Stock = exchange.response.parse()?;
                ensure!(stock.quantity == self.quantity, "another quantity: {}", exchange.response);
                me.record_acknowledgement(&Acknowledged::Stock { product_id: self.product, quantity: self.quantity })?;
            }
            (409, "below_reserved") => {}
            _ => return exchange.unexpected_response(),
        }
        Ok(NextStep::Done)
    }
}
