//! Writing a review.

use anyhow::{Result, ensure};
use domain::ProductId;
use domain::reviews::Review as Said;
use rand::Rng;
use reconcile::Acknowledged;
use serde_json::json;

use super::{Deed, Exchange, Next, find_review};
use crate::mix::customer::{Customer, Written};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Review {
    product: ProductId,
    rating: u8,
}

/// Of something that one has bought, most of the time; each product once.
pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let bought = me.orders.iter().rev().flat_map(|order| order.products.iter().copied());
    let unsaid: Option<ProductId> = bought.into_iter().find(|product| !me.reviewed.contains(product));
    let any = me.run.goods.any(&mut me.rng).id;
    let product = if me.rng.random_bool(0.8) { unsaid.unwrap_or(any) } else { any };
    // Noted at once: nobody begins a second one while the first is under way.
    me.reviewed.insert(product).then(|| {
        let rating = rating(me);
        Box::new(Review { product, rating }) as Box<dyn Deed>
    })
}

/// Mostly good, as in shops.
pub(super) fn rating(me: &mut Customer) -> u8 {
    const GIVEN: [u8; 10] = [1, 2, 3, 3, 4, 4, 4, 5, 5, 5];
    GIVEN[me.rng.random_range(0..GIVEN.len())]
}

impl Deed for Review {
    fn kind(&self) -> Kind {
        Kind::Review
    }

    fn request(&self, me: &Customer) -> Request {
        let review = json!({"productId": self.product, "rating": self.rating, "comment": "As load would say it."});
        Request::post("/api/reviews", &review).by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match exchange.status() {
            201 => {
                let review: Said = exchange.answer.json()?;
                let as_sent = review.product_id == self.product && review.rating == self.rating;
                ensure!(as_sent && Some(review.user_id) == me.id(), "another review: {}", exchange.answer);
                note(me, &review)?;
                Ok(Next::Done)
            }
            // The first try has written it, and its answer was lost.
            409 if exchange.is_repeated() => Ok(Next::Then(find_review::of(self.product))),
            404 => {
                me.run.goods.forget(self.product);
                Ok(Next::Done)
            }
            _ => exchange.unexpected(),
        }
    }
}

pub(super) fn note(me: &mut Customer, review: &Said) -> Result<()> {
    me.told(&Acknowledged::Review {
        review_id: review.id.clone(),
        product_id: review.product_id,
        user_id: review.user_id,
        rating: review.rating,
    })?;
    me.remember_review(Written { id: review.id.clone(), product: review.product_id });
    Ok(())
}
