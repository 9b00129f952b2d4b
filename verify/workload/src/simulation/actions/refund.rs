//! Refunding a payment in part or completely, by an admin.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::Money;
use domain::payments::Refund;
use invariants::Acknowledged;
use rand::Rng;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{RefundablePayment, UserState};

#[derive(Debug)]
struct RefundPayment {
    payment: RefundablePayment,
    amount: Money,
    key: String,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let payment = me.payments.pop()?;
    let left = payment.refundable.cents();
    let amount = if me.rng.random_bool(0.3) { left } else { me.rng.random_range(1..=left) };
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Some(Box::new(RefundPayment { payment, amount: Money::from_cents(amount), key }))
}

impl Action for RefundPayment {
    fn kind(&self) -> ActionKind {
        ActionKind::Refund
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let path = format!("/api/payments/{}/refund", self.payment.id);
        ApiRequest::post(path, &json!({"amount": self.amount}))
            .with_token(me.admin_token())
            .with_idempotency_key(&self.key)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => {
                let refund: Refund = exchange.response.parse()?;
                ensure!(refund.amount == self.amount, "another amount: {}", exchange.response);
                let (payment_id, refund_id, amount) = (self.payment.id, refund.id, refund.amount);
                me.record_acknowledgement(&Acknowledged::Refund { payment_id, refund_id, amount })?;
                me.record_keyed_request(&exchange.request, &exchange.response, None)?;
                let left = self.payment.refundable - self.amount;
                if left > Money::ZERO && me.payments.iter().all(|known| known.id != payment_id) {
                    me.payments.insert(0, RefundablePayment { refundable: left, ..self.payment.clone() });
                }
                Ok(NextStep::Done)
            }
            // If the order's owner has cancelled it in the meantime, or is cancelling it, the money
            // is refunded anyway.
            (409, "refund_too_large" | "order_in_progress") => Ok(NextStep::Done),
            _ => exchange.unexpected_response(),
        }
    }
}
