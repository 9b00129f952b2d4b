//! Paying for an order whose card was declined.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::orders::Status;
use domain::payments::{Payment, PaymentStatus};
use reconcile::Acknowledged;
use serde_json::json;

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Bought, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

/// Before asking again while the order is being paid.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Pay {
    order: Bought,
    key: String,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let order = me.take_order(Status::PaymentFailed)?;
    let key = format!("load-{}", me.run.clock.new_uuid());
    Some(Box::new(Pay { order, key }))
}

impl Deed for Pay {
    fn kind(&self) -> Kind {
        Kind::Pay
    }

    fn request(&self, me: &Customer) -> Request {
        let payment = json!({"orderId": self.order.id, "method": "tok_visa", "amount": self.order.total});
        Request::post("/api/payments", &payment).by(me.token()).once(&self.key)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match (exchange.status(), exchange.answer.code().as_str()) {
            (201, _) => {
                let payment: Payment = exchange.answer.json()?;
                let paid = payment.status == PaymentStatus::Captured && payment.amount == self.order.total;
                ensure!(paid && payment.order_id == self.order.id, "not this payment: {}", exchange.answer);
                let (payment_id, order_id, amount) = (payment.id, payment.order_id, payment.amount);
                me.told(&Acknowledged::Payment { payment_id, order_id, amount })?;
                me.keep(exchange, me.id())?;
                me.remember_payment(&payment);
                me.put_back(Bought { status: Status::Confirmed, ..self.order.clone() });
                Ok(Next::Done)
            }
            (409, "insufficient_stock") => {
                me.put_back(self.order.clone());
                Ok(Next::Done)
            }
            // By the try whose answer was lost; recovery ends what it left.
            (409, "not_payable") if exchange.is_repeated() => Ok(Next::Again(PAUSE)),
            _ => exchange.unexpected(),
        }
    }
}
