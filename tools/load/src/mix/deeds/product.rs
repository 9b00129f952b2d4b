//! Looking at one product.

use anyhow::{Result, ensure};
use domain::ProductId;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::goods::Good;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Look {
    product: ProductId,
}

pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    of(me.run.goods.any(&mut me.rng).id)
}

pub(super) fn of(product: ProductId) -> Box<dyn Deed> {
    Box::new(Look { product })
}

impl Deed for Look {
    fn kind(&self) -> Kind {
        Kind::Product
    }

    fn request(&self, _: &Customer) -> Request {
        Request::get(format!("/api/products/{}", self.product))
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match exchange.status() {
            200 => {
                let product: Good = exchange.answer.json()?;
                ensure!(product.id == self.product, "another product: {}", exchange.answer);
                me.run.goods.see(vec![product]);
            }
            // Somebody who runs the shop has removed it.
            404 => me.run.goods.forget(self.product),
            _ => return exchange.unexpected(),
        }
        Ok(Next::Done)
    }

    fn is_worth_repeating(&self) -> bool {
        false
    }
}
