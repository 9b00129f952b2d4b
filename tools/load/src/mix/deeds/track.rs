//! What a storefront tells of its visitors.

use anyhow::{Result, ensure};
use domain::{EventId, ProductId};
use rand::Rng;
use reconcile::Acknowledged;
use serde::Deserialize;
use serde_json::json;

use super::{Deed, Exchange, Next};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Track {
    event: &'static str,
    product: ProductId,
    id: EventId,
    /// Whether the visitor is told apart from others.
    by_name: bool,
}

pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    const EVENTS: [&str; 4] = ["product.view", "product.view", "basket.add", "checkout.start"];
    let event = EVENTS[me.rng.random_range(0..EVENTS.len())];
    let product = me.run.goods.any(&mut me.rng).id;
    let by_name = me.account.is_some() && me.rng.random_bool(0.7);
    Box::new(Track { event, product, id: EventId::new(me.run.clock.new_uuid()), by_name })
}

impl Deed for Track {
    fn kind(&self) -> Kind {
        Kind::Track
    }

    fn request(&self, me: &Customer) -> Request {
        let event = json!({"eventType": self.event, "metadata": {"productId": self.product}, "eventId": self.id});
        let request = Request::post("/api/analytics/event", &event);
        if self.by_name { request.by(me.token()) } else { request }
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        #[derive(Deserialize)]
        struct Taken {
            id: EventId,
        }
        match (exchange.status(), exchange.answer.code().as_str()) {
            (201, _) => {
                let taken: Taken = exchange.answer.json()?;
                ensure!(taken.id == self.id, "another event: {}", exchange.answer);
            }
            // Taken the first time, from somebody whom a shop without Redis does not know now.
            (409, "event_id_taken") if exchange.is_repeated() && self.by_name => {}
            _ => return exchange.unexpected(),
        }
        me.told(&Acknowledged::Event { event_id: self.id })?;
        Ok(Next::Done)
    }
}
