//! Taking a review back.

use anyhow::Result;
use reconcile::Acknowledged;

use super::{Deed, Exchange, Next};
use crate::mix::customer::{Customer, Written};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct Delete {
    review: Written,
}

pub(super) fn choose(me: &mut Customer) -> Option<Box<dyn Deed>> {
    let review = me.reviews.pop()?;
    Some(Box::new(Delete { review }))
}

impl Deed for Delete {
    fn kind(&self) -> Kind {
        Kind::DeleteReview
    }

    fn request(&self, me: &Customer) -> Request {
        Request::delete(format!("/api/reviews/{}", self.review.id)).by(me.token())
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match exchange.status() {
            204 => {}
            // By the try whose answer was lost.
            404 if exchange.is_repeated() => {}
            _ => return exchange.unexpected(),
        }
        me.reviewed.remove(&self.review.product);
        me.told(&Acknowledged::ReviewDeleted { review_id: self.review.id.clone() })?;
        Ok(Next::Done)
    }
}
