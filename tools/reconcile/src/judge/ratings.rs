//! I8, the half of it that is about reviews: a product's ratings are a recount of its reviews, and
//! the catalogue shows them.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::Queue;
use domain::reviews::Ratings;
use mongo::audit::Written;
use postgres::audit::Shown;
use postgres::reviewing::Purchase;

use crate::moment::Moment;
use crate::report::{Finding, Invariant};

/// Ratings counted again.
#[derive(Default)]
pub(crate) struct Recount(BTreeMap<ProductId, Ratings>);

impl Recount {
    /// Counts a review.
    pub(crate) fn add(&mut self, review: &Written) {
        let ratings = self.0.entry(review.product).or_default();
        ratings.count += 1;
        ratings.sum += review.rating;
        if let Some(stars) = usize::try_from(review.rating - 1).ok().and_then(|place| ratings.histogram.get_mut(place))
        {
            *stars += 1;
        }
    }

    /// Judges the ratings as they were read `before` and `after` the reviews; those that moved
    /// meanwhile are left out, and counted.
    pub(crate) fn judge(
        &self,
        before: &BTreeMap<ProductId, Ratings>,
        after: &BTreeMap<ProductId, Ratings>,
    ) -> (Vec<Finding>, usize) {
        let mut moved = 0;
        let mut findings = Vec::new();
        let products = after.keys().chain(self.0.keys().filter(|product| !after.contains_key(product)));
        for product in products {
            let [was, is, counted] = [before, after, &self.0].map(|of| of.get(product).copied().unwrap_or_default());
            if was.version != is.version {
                moved += 1;
            } else if (is.count, is.sum, is.histogram) != (counted.count, counted.sum, counted.histogram) {
                let about = format!("product {product}");
                let problem = "has ratings that are no recount of its reviews";
                findings.push(Finding::new(Invariant::Analytics, about, problem, shown(&counted), shown(&is)));
            }
        }
        (findings, moved)
    }
}

/// Judges whether a review says of its writer what orderdb does: that they have bought the product
/// and kept it. One that lags behind its order by no more than a message takes is left out.
pub(crate) fn verified(review: &Written, purchase: &Purchase, moment: &Moment) -> Option<Finding> {
    let told_at = purchase.moved_at.map_or(review.written_at, |moved| moved.max(review.written_at));
    let wrong = review.verified != purchase.bought && moment.is_taken(told_at, Queue::Analytics);
    let shown = |verified: bool| if verified { "a verified purchase" } else { "no verified purchase" };
    wrong.then(|| {
        let about = format!("review {}", review.id);
        let problem = format!("says otherwise than the orders of user {}", review.user);
        Finding::new(Invariant::Analytics, about, problem, shown(purchase.bought), shown(review.verified))
    })
}

/// Judges what the catalogue shows of a product's ratings. One that lags is the outbox's matter.
pub(crate) fn projection(ratings: Option<&Ratings>, product: &Shown, moment: &Moment) -> Option<Finding> {
    let ratings = ratings.copied().unwrap_or_default();
    let same = (ratings.count, ratings.sum) == (product.rating_count, product.rating_sum);
    let comparable = ratings.version == product.rating_version || moment.is_settled();
    (!same && comparable).then(|| {
        let about = format!("product {}", product.id);
        let expected = format!("{} reviews with {} stars", ratings.count, ratings.sum);
        let found = format!("{} reviews with {} stars", product.rating_count, product.rating_sum);
        Finding::new(Invariant::Analytics, about, "shows other ratings than reviewdb has", expected, found)
    })
}

fn shown(ratings: &Ratings) -> String {
    format!("{} reviews with {} stars {:?}", ratings.count, ratings.sum, ratings.histogram)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, later};
    use super::*;
    use domain::{ReviewId, Timestamp, UserId};

    fn ratings(count: i64, sum: i64, histogram: [i64; 5], version: i64) -> BTreeMap<ProductId, Ratings> {
        BTreeMap::from([(ProductId::new(7), Ratings { count, sum, histogram, version })])
    }

    fn written() -> Written {
        Written {
            id: ReviewId::made_at(Timestamp::from_millis(0), 1),
            product: ProductId::new(7),
            user: UserId::new(1),
            rating: 5,
            unchanged: true,
            verified: true,
            written_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_review_says_what_the_orders_do_once_its_message_was_taken() {
        let moved = |seconds: i64, bought| Purchase { bought, moved_at: Some(at(seconds)) };
        let found = |purchase, settled| verified(&written(), &purchase, &later(1000, settled)).is_some();
        assert!(!found(moved(0, true), true));
        assert!(found(moved(0, false), false), "long ago");
        assert!(!found(moved(990, false), false), "its message is under way");
        assert!(found(moved(990, false), true), "nothing is under way");
        assert!(found(Purchase::default(), true), "never bought");
    }

    #[test]
    fn ratings_are_a_recount() {
        let mut recount = Recount::default();
        for rating in [5, 4] {
            let id = ReviewId::made_at(Timestamp::from_millis(0), rating as u128);
            recount.add(&Written { id, rating, ..written() });
        }
        let right = ratings(2, 9, [0, 0, 0, 1, 1], 2);
        let judged = |before: &BTreeMap<_, _>, after: &BTreeMap<_, _>| {
            let (findings, moved) = recount.judge(before, after);
            (findings.len(), moved)
        };
        assert_eq!(judged(&right, &right), (0, 0));
        for wrong in [ratings(2, 8, [0, 0, 0, 1, 1], 2), ratings(2, 9, [0, 0, 1, 0, 1], 2), BTreeMap::new()] {
            assert_eq!(judged(&wrong, &wrong), (1, 0));
        }
        assert_eq!(judged(&ratings(1, 5, [0, 0, 0, 0, 1], 1), &right), (0, 1));
    }

    #[test]
    fn the_catalogue_shows_the_version_that_it_names() {
        let there = Ratings { count: 2, sum: 9, histogram: [0, 0, 0, 1, 1], version: 2 };
        let product = |rating_sum, rating_version| Shown {
            id: ProductId::new(7),
            stock: 0,
            stock_version: 0,
            rating_count: 2,
            rating_sum,
            rating_version,
        };
        for (sum, version, settled, wrong) in
            [(9, 2, false, false), (8, 2, false, true), (8, 1, false, false), (8, 1, true, true), (9, 1, true, false)]
        {
            let found = projection(Some(&there), &product(sum, version), &later(0, settled)).is_some();
            assert_eq!(found, wrong, "{sum} {version} {settled}");
        }
    }
}
