//! Reading what others say of a product.

use anyhow::Result;
use rand::Rng;
use serde_json::Value;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Read {
    path: String,
}

/// A page of them, or their summary.
pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    const VIEWS: [&str; 4] = ["?sort=newest&limit=10", "?sort=-rating&limit=10", "?sort=rating&limit=10", "/summary"];
    let product = me.run.goods.any(&mut me.rng).id;
    let view = VIEWS[me.rng.random_range(0..VIEWS.len())];
    Box::new(Read { path: format!("/api/reviews/product/{product}{view}") })
}

impl Deed for Read {
    fn kind(&self) -> Kind {
        Kind::Reviews
    }

    fn request(&self, _: &Customer) -> Request {
        Request::get(&self.path)
    }

    fn settle(&mut self, _: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        exchange.answer.json::<Value>().map(|_| Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
