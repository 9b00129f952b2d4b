//! Looking at what was paid for an order.

use anyhow::{Result, ensure};
use domain::orders::Status;
use domain::payments::{Payment, PaymentStatus};

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Bought, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Look {
    order: Bought,
}

/// Of one's latest order that is paid.
pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let order = me.orders.iter().rev().find(|order| order.status == Status::Confirmed)?;
    Some(Box::new(Look { order: order.clone() }))
}

impl Deed for Look {
    fn kind(&self) -> Kind {
        Kind::Payments
    }

    fn request(&self, me: &Customer) -> Request {
        Request::get(format!("/api/payments/order/{}", self.order.id)).by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let payments: Vec<Payment> = exchange.answer.json()?;
        let took_money =
            |payment: &&Payment| !matches!(payment.status, PaymentStatus::Declined | PaymentStatus::Voided);
        let captured: Vec<&Payment> = payments.iter().filter(took_money).collect();
        let once = captured.len() == 1 && captured[0].amount == self.order.total;
        ensure!(once, "an order of {} was not paid once: {}", self.order.total, exchange.answer);
        // Another errand may have the order in hand, to cancel it.
        if me.orders.iter().any(|order| order.id == self.order.id) {
            me.remember_payment(captured[0]);
        }
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
