//! Counting stock anew: an admin's doing, which also keeps a long run from buying the shop empty.

use anyhow::{Result, ensure};
use domain::ProductId;
use rand::Rng;
use reconcile::Acknowledged;
use serde::Deserialize;
use serde_json::json;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

/// What is found when pieces are counted: enough for a while, and sometimes not.
const FOUND: std::ops::RangeInclusive<i32> = 20..=1500;

#[derive(Debug)]
struct Count {
    product: ProductId,
    quantity: i32,
}

pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    let product = me.run.goods.any(&mut me.rng).id;
    Box::new(Count { product, quantity: me.rng.random_range(FOUND) })
}

impl Deed for Count {
    fn kind(&self) -> Kind {
        Kind::Stock
    }

    fn request(&self, me: &Customer) -> Request {
        let token = me.run.admin.as_ref().map(crate::admin::Admin::token).unwrap_or_default();
        let counted = json!({"quantity": self.quantity, "reason": "counted under load"});
        Request::put(format!("/api/inventory/{}", self.product), &counted).by(token)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        #[derive(Deserialize)]
        struct Stock {
            quantity: i32,
        }
        match (exchange.status(), exchange.answer.code().as_str()) {
            (200, _) => {
                let stock: Stock = exchange.answer.json()?;
                ensure!(stock.quantity == self.quantity, "another quantity: {}", exchange.answer);
                me.told(&Acknowledged::Stock { product_id: self.product, quantity: self.quantity })?;
            }
            (409, "below_reserved") => {}
            _ => return exchange.unexpected(),
        }
        Ok(Next::Done)
    }
}
