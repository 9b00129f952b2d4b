//! Looking for something by a word.

use anyhow::Result;
use rand::Rng;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::goods::Good;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Search {
    word: String,
}

/// A word of something that the shop sells.
pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    let name = me.run.goods.any(&mut me.rng).name;
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let word = if words.is_empty() { "tea" } else { words[me.rng.random_range(0..words.len())] };
    Box::new(Search { word: word.to_lowercase() })
}

impl Deed for Search {
    fn kind(&self) -> Kind {
        Kind::Search
    }

    fn request(&self, _: &Customer) -> Request {
        let word: String = form_urlencoded::byte_serialize(self.word.as_bytes()).collect();
        Request::get(format!("/api/products?q={word}&sort=price&limit=20"))
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        me.run.goods.see(exchange.answer.json::<Vec<Good>>()?);
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
