//! Calling an order off.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::orders::{Order, Status};
use reconcile::Acknowledged;
use serde_json::json;

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Bought, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

/// Before asking again while something is under way with the order.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Cancel {
    order: Bought,
    /// Whether the order is only looked at: the shop may have cancelled it before.
    looks: bool,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let order = me.take_order(Status::Confirmed)?;
    Some(Box::new(Cancel { order, looks: false }))
}

impl Deed for Cancel {
    fn kind(&self) -> Kind {
        Kind::Cancel
    }

    fn request(&self, me: &Customer) -> Request {
        let path = format!("/api/orders/{}", self.order.id);
        let request = if self.looks { Request::get(path) } else { Request::put(path, &json!({"status": "cancelled"})) };
        request.by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match (exchange.status(), exchange.answer.code().as_str()) {
            (200, _) => {
                let order: Order = exchange.answer.json()?;
                ensure!(order.total == self.order.total, "another total: {}", exchange.answer);
                if order.status != Status::Cancelled {
                    ensure!(self.looks, "not cancelled: {}", exchange.answer);
                    self.looks = false;
                    return Ok(Next::Again(PAUSE));
                }
                me.payments.retain(|payment| payment.order != order.id);
                me.told(&Acknowledged::Cancel { order_id: order.id }).map(|()| Next::Done)
            }
            // A try whose answer was lost has begun it, perhaps ended it: what does the order say?
            (409, "illegal_transition") if exchange.is_repeated() => {
                self.looks = true;
                Ok(Next::Again(Duration::ZERO))
            }
            _ => exchange.unexpected(),
        }
    }
}
