//! Finding a review that was written though its answer was lost.

use anyhow::Result;
use domain::ProductId;
use domain::reviews::Review;

use super::{Deed, Exchange, Next, review};
use crate::mix::customer::Customer;
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Find {
    product: ProductId,
}

pub(super) fn of(product: ProductId) -> Box<dyn Deed> {
    Box::new(Find { product })
}

impl Deed for Find {
    fn kind(&self) -> Kind {
        Kind::Reviews
    }

    fn request(&self, _: &Customer) -> Request {
        // It is new: a hundred others within a moment would be needed to hide it.
        Request::get(format!("/api/reviews/product/{}?sort=newest&limit=100", self.product))
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let reviews: Vec<Review> = exchange.answer.json()?;
        if let Some(found) = reviews.iter().find(|review| Some(review.user_id) == me.id()) {
            review::note(me, found)?;
        }
        Ok(Next::Done)
    }
}
