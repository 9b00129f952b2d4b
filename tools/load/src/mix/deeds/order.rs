//! Looking at one of one's orders.

use anyhow::{Result, ensure};
use domain::orders::Order;
use rand::Rng;

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Bought, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Look {
    order: Bought,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    if me.orders.is_empty() {
        return None;
    }
    let order = me.orders[me.rng.random_range(0..me.orders.len())].clone();
    Some(Box::new(Look { order }))
}

impl Deed for Look {
    fn kind(&self) -> Kind {
        Kind::Order
    }

    fn request(&self, me: &Customer) -> Request {
        Request::get(format!("/api/orders/{}", self.order.id)).by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let order: Order = exchange.answer.json()?;
        let same = order.total == self.order.total && Some(order.user_id) == me.id();
        ensure!(same, "not the order of {} that was placed: {}", self.order.total, exchange.answer);
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
