//! Giving back a part of a payment, or all of it: an admin's doing.

use anyhow::{Result, ensure};
use domain::Money;
use domain::payments::Refund as Refunded;
use rand::Rng;
use reconcile::Acknowledged;
use serde_json::json;

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Captured, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Refund {
    payment: Captured,
    amount: Money,
    key: String,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let payment = me.payments.pop()?;
    let left = payment.left.cents();
    let amount = if me.rng.random_bool(0.3) { left } else { me.rng.random_range(1..=left) };
    let key = format!("load-{}", me.run.clock.new_uuid());
    Some(Box::new(Refund { payment, amount: Money::from_cents(amount), key }))
}

impl Deed for Refund {
    fn kind(&self) -> Kind {
        Kind::Refund
    }

    fn request(&self, me: &Customer) -> Request {
        let path = format!("/api/payments/{}/refund", self.payment.id);
        let token = me.run.admin.as_ref().map(crate::admin::Admin::token).unwrap_or_default();
        Request::post(path, &json!({"amount": self.amount})).by(token).once(&self.key)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match (exchange.status(), exchange.answer.code().as_str()) {
            (201, _) => {
                let refund: Refunded = exchange.answer.json()?;
                ensure!(refund.amount == self.amount, "another amount: {}", exchange.answer);
                let (payment_id, refund_id, amount) = (self.payment.id, refund.id, refund.amount);
                me.told(&Acknowledged::Refund { payment_id, refund_id, amount })?;
                me.keep(exchange, None)?;
                let left = self.payment.left - self.amount;
                if left > Money::ZERO && me.payments.iter().all(|known| known.id != payment_id) {
                    me.payments.insert(0, Captured { left, ..self.payment.clone() });
                }
                Ok(Next::Done)
            }
            // What the order's owner has cancelled meanwhile, or is cancelling, goes back by itself.
            (409, "refund_too_large" | "order_in_progress") => Ok(Next::Done),
            _ => exchange.unexpected(),
        }
    }
}
