//! Reading what the shop has told one.

use anyhow::Result;
use serde_json::Value;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Read;

pub(super) fn choose() -> Box<dyn Deed> {
    Box::new(Read)
}

impl Deed for Read {
    fn kind(&self) -> Kind {
        Kind::Notifications
    }

    fn request(&self, me: &Customer) -> Request {
        let me_id = me.id().map_or(0, domain::UserId::get);
        Request::get(format!("/api/notifications/user/{me_id}?limit=20")).by(me.token())
    }

    fn settle(&mut self, _: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        exchange.answer.json::<Vec<Value>>().map(|_| Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
