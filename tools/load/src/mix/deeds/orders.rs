//! Looking at one's orders.

use anyhow::{Result, ensure};
use domain::orders::Order;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct List;

pub(super) fn choose() -> Box<dyn Deed> {
    Box::new(List)
}

impl Deed for List {
    fn kind(&self) -> Kind {
        Kind::Orders
    }

    fn request(&self, me: &Customer) -> Request {
        Request::get("/api/orders?limit=20").by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let orders: Vec<Order> = exchange.answer.json()?;
        let mine = orders.iter().all(|order| Some(order.user_id) == me.id());
        ensure!(mine, "somebody else's orders: {}", exchange.answer);
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
