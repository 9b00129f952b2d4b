//! Thinking again about a review.

use anyhow::{Result, ensure};
use domain::reviews::Review;
use serde_json::json;

use super::{Deed, Exchange, Next, review};
use crate::mix::customer::{Customer, Written};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Edit {
    review: Written,
    rating: u8,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let review = me.reviews.pop()?;
    let rating = review::rating(me);
    Some(Box::new(Edit { review, rating }))
}

impl Deed for Edit {
    fn kind(&self) -> Kind {
        Kind::EditReview
    }

    fn request(&self, me: &Customer) -> Request {
        let review = json!({"rating": self.rating, "comment": "On second thoughts."});
        Request::put(format!("/api/reviews/{}", self.review.id), &review).by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let review: Review = exchange.answer.json()?;
        ensure!(review.rating == self.rating, "another rating than {}: {}", self.rating, exchange.answer);
        me.remember_review(self.review.clone());
        Ok(Next::Done)
    }
}
