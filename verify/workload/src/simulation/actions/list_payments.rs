//! Listing the payments of an order.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::orders::OrderStatus;
use domain::payments::{Payment, PaymentStatus};

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{KnownOrder, UserState};

#[derive(Debug)]
struct ListPayments {
    order: KnownOrder,
}

/// Of one's latest paid order.
pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let order = me.orders.iter().rev().find(|order| order.status == OrderStatus::Confirmed)?;
    Some(Box::new(ListPayments { order: order.clone() }))
}

impl Action for ListPayments {
    fn kind(&self) -> ActionKind {
        ActionKind::Payments
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        ApiRequest::get(format!("/api/payments/order/{}", self.order.id)).with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let payments: Vec<Payment> = exchange.response.parse()?;
        let took_money =
            |payment: &&Payment| !matches!(payment.status, PaymentStatus::Declined | PaymentStatus::Voided);
        let captured: Vec<&Payment> = payments.iter().filter(took_money).collect();
        let once = captured.len() == 1 && captured[0].amount == self.order.total;
        ensure!(once, "an order of {} was not paid once: {}", self.order.total, exchange.response);
        // Another pending request may be cancelling the order.
        if me.orders.iter().any(|order| order.id == self.order.id) {
            me.remember_payment(captured[0]);
        }
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
