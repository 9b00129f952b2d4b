//! Placing an order: one line or several, by a card that is good, awkward or declined.

use anyhow::{Context, Result, ensure};
use domain::orders::{Order, Status};
use domain::{Money, ProductId};
use rand::Rng;
use reconcile::Acknowledged;
use reconcile::history::{Piece, Placed};
use serde_json::{Value, json};

use super::{Deed, Exchange, Next, browse, product};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

/// Cards that are slow, fail once, or take the money and lose the reply. All come to a purchase.
const AWKWARD: [&str; 3] = ["tok_timeout", "tok_error_once", "tok_slow"];
const DECLINED: [&str; 2] = ["tok_declined", "tok_insufficient_funds"];
/// The most different products of a mixed basket.
const LINES: usize = 5;
const PIECES: std::ops::RangeInclusive<i32> = 1..=3;

#[derive(Debug)]
struct Buy {
    kind: Kind,
    items: Vec<(ProductId, i32)>,
    /// As the shop's pages showed it.
    total: Money,
    method: Option<&'static str>,
    key: String,
}

pub(super) fn one(me: &mut Customer) -> Box<dyn Deed> {
    let method = card(me);
    basket(me, Kind::BuyOne, 1, method)
}

pub(super) fn many(me: &mut Customer) -> Box<dyn Deed> {
    let (lines, method) = (me.rng.random_range(2..=LINES), card(me));
    basket(me, Kind::BuyMany, lines, method)
}

pub(super) fn declined(me: &mut Customer) -> Box<dyn Deed> {
    let method = DECLINED[me.rng.random_range(0..DECLINED.len())];
    basket(me, Kind::Decline, 1, Some(method))
}

/// Mostly the one that the shop takes for granted.
fn card(me: &mut Customer) -> Option<&'static str> {
    let awkward = me.rng.random_bool(me.run.awkward_cards);
    awkward.then(|| AWKWARD[me.rng.random_range(0..AWKWARD.len())])
}

fn basket(me: &mut Customer, kind: Kind, lines: usize, method: Option<&'static str>) -> Box<dyn Deed> {
    let (mut items, mut total) = (Vec::<(ProductId, i32)>::new(), Money::ZERO);
    for _ in 0..lines {
        let good = me.run.goods.any(&mut me.rng);
        let pieces = me.rng.random_range(PIECES);
        total = total + Money::from_cents(good.price.cents() * i64::from(pieces));
        // In the order of choosing, and a product twice now and then: as people fill a basket.
        items.push((good.id, pieces));
    }
    let key = format!("load-{}", me.run.clock.new_uuid());
    Box::new(Buy { kind, items, total, method, key })
}

impl Deed for Buy {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn request(&self, me: &Customer) -> Request {
        let item = |(product, pieces): &(ProductId, i32)| json!({"productId": product, "quantity": pieces});
        let items: Vec<Value> = self.items.iter().map(item).collect();
        let mut order = json!({"items": items, "total": self.total});
        if let Some(method) = self.method {
            order["payment"] = json!({"method": method});
        }
        Request::post("/api/orders", &order).by(me.token()).once(&self.key)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match (exchange.status(), exchange.answer.code().as_str()) {
            (201, _) => self.placed(me, exchange, exchange.answer.json()?, Placed::Confirmed),
            (402, "payment_declined") => {
                let problem: Value = exchange.answer.json()?;
                let order = problem.get("order").cloned().context("no order in a declined one's answer")?;
                self.placed(me, exchange, serde_json::from_value(order)?, Placed::PaymentFailed)
            }
            (409, "insufficient_stock") => Ok(Next::Done),
            (409, "price_changed") if self.items.len() == 1 => Ok(Next::Then(product::of(self.items[0].0))),
            (409, "price_changed") => Ok(Next::Then(browse::choose(me))),
            (404, "unknown_product") => {
                self.items.iter().for_each(|(product, _)| me.run.goods.forget(*product));
                Ok(Next::Done)
            }
            _ => exchange.unexpected(),
        }
    }
}

impl Buy {
    fn placed(&self, me: &mut Customer, exchange: &Exchange, order: Order, placed: Placed) -> Result<Next> {
        let wanted = if self.kind == Kind::Decline { Status::PaymentFailed } else { Status::Confirmed };
        ensure!(order.status == wanted, "another status than {}: {}", wanted.as_str(), exchange.answer);
        ensure!(order.total == self.total, "another total than {}: {}", self.total, exchange.answer);
        ensure!(Some(order.user_id) == me.id(), "somebody else's order: {}", exchange.answer);
        let piece = |line: &domain::orders::Line| Piece { product_id: line.product_id, quantity: line.quantity };
        me.told(&Acknowledged::Order {
            order_id: order.id,
            user_id: order.user_id,
            total: order.total,
            status: placed,
            items: order.items.iter().map(piece).collect(),
            key: exchange.request.key.clone(),
        })?;
        me.keep(exchange, me.id())?;
        me.remember_order(&order);
        Ok(Next::Done)
    }
}
