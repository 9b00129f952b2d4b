//! Looking through the catalogue.

use anyhow::Result;
use rand::Rng;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Browse {
    path: String,
}

pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    const SORTS: [&str; 5] = ["newest", "price", "-price", "name", "-rating"];
    let sort = SORTS[me.rng.random_range(0..SORTS.len())];
    let mut path = format!("/api/products?sort={sort}&limit=20");
    if me.rng.random_bool(0.3) {
        path.push_str("&inStock=true");
    }
    if me.rng.random_bool(0.3)
        && let Some(category) = me.run.goods.any(&mut me.rng).category
    {
        path.push_str("&category=");
        path.extend(form_urlencoded::byte_serialize(category.as_bytes()));
    }
    Box::new(Browse { path })
}

impl Deed for Browse {
    fn kind(&self) -> Kind {
        Kind::Browse
    }

    fn request(&self, _: &Customer) -> Request {
        Request::get(&self.path)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        me.run.goods.see(exchange.answer.json()?);
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
