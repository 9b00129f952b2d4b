//! Paying for an order whose card was declined.

use std::time::Duration;

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::OrderStatus;
use domain::payments::{Payment, PaymentStatus};
use invariants::Acknowledged;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

/// The pause before a retry while the order is being paid.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Pay {
    order: KnownOrder,
    key: String,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let order = me.take_order(OrderStatus::PaymentFailed)?;
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Some(Box::new(Pay { order, key }))
}

impl Action for Pay {
    fn kind(&self) -> ActionKind {
        ActionKind::PayAgain
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let payment = json!({"orderId": self.order.id, "method": "tok_visa", "amount": self.order.total});
        ApiRequest::post("/api/payments", &payment).with_token(me.token()).with_idempotency_key(&self.key)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => {
                let payment: Payment = exchange.response.parse()?;
                let paid = payment.status == PaymentStatus::Captured && payment.amount == self.order.total;
                ensure!(paid && payment.order_id == self.order.id, "not this payment: {}", exchange.response);
                let (payment_id, order_id, amount) = (payment.id, payment.order_id, payment.amount);
                me.record_acknowledgement(&Acknowledged::Payment { payment_id, order_id, amount })?;
                me.record_keyed_request(&exchange.request, &exchange.response, me.id())?;
                me.remember_payment(&payment);
                me.return_order(KnownOrder { status: OrderStatus::Confirmed, ..self.order.clone() });
                Ok(NextStep::Done)
            }
            (409, "insufficient_stock") => {
                me.return_order(self.order.clone());
                Ok(NextStep::Done)
            }
            // Paid by the attempt whose response was lost; recovery completes it.
            (409, "not_payable") if exchange.is_retry() => Ok(NextStep::Retry(RETRY_PAUSE)),
            _ => exchange.unexpected_response(),
        }
    }
}
