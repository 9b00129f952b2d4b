//! Cancelling an order.

use std::time::Duration;

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::{Order, OrderStatus};
use invariants::Acknowledged;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

/// The pause before a retry while the order is in progress.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Cancel {
    order: KnownOrder,
    /// Whether the order is only read: the shop may have cancelled it before.
    only_reads: bool,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let order = me.take_order(OrderStatus::Confirmed)?;
    Some(Box::new(Cancel { order, only_reads: false }))
}

impl Action for Cancel {
    fn kind(&self) -> ActionKind {
        ActionKind::Cancel
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let path = format!("/api/orders/{}", self.order.id);
        let request = if self.only_reads {
            ApiRequest::get(path)
        } else {
            ApiRequest::put(path, &json!({"status": "cancelled"}))
        };
        request.with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (200, _) => {
                let order: Order = exchange.response.parse()?;
                ensure!(order.total == self.order.total, "another total: {}", exchange.response);
                if order.status != OrderStatus::Cancelled {
                    ensure!(self.only_reads, "not cancelled: {}", exchange.response);
                    self.only_reads = false;
                    return Ok(NextStep::Retry(RETRY_PAUSE));
                }
                me.payments.retain(|payment| payment.order != order.id);
                me.record_acknowledgement(&Acknowledged::Cancel { order_id: order.id }).map(|()| NextStep::Done)
            }
            // An attempt whose response was lost has begun or completed it: the order tells.
            (409, "illegal_transition") if exchange.is_retry() => {
                self.only_reads = true;
                Ok(NextStep::Retry(Duration::ZERO))
            }
            _ => exchange.unexpected_response(),
        }
    }
}
