//! I8 for reviews: a product's ratings equal a recount of its reviews, and the catalog shows them.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::Queue;
use domain::reviews::RatingTotals;
use store_mongo::reconcile::ReviewRecord;
use store_postgres::purchases::Purchase;
use store_postgres::reconcile::ProductProjection;

use crate::check_context::CheckContext;
use crate::report::{Invariant, Violation};

#[derive(Default)]
pub(crate) struct RatingRecount(BTreeMap<ProductId, RatingTotals>);

impl RatingRecount {
    pub(crate) fn add(&mut self, review: &ReviewRecord) {
        let ratings = self.0.entry(review.product).or_default();
        ratings.count += 1;
        ratings.sum += review.rating;
        if let Some(stars) = usize::try_from(review.rating - 1).ok().and_then(|place| ratings.histogram.get_mut(place))
        {
            *stars += 1;
        }
    }

    /// Checks the ratings as they were read `before` and `after` the reviews; those that changed in
    /// between are skipped, and counted.
    pub(crate) fn check(
        &self,
        before: &BTreeMap<ProductId, RatingTotals>,
        after: &BTreeMap<ProductId, RatingTotals>,
    ) -> (Vec<Violation>, usize) {
        let mut moved = 0;
        let mut findings = Vec::new();
        let products = after.keys().chain(self.0.keys().filter(|product| !after.contains_key(product)));
        for product in products {
            let [was, is, counted] = [before, after, &self.0].map(|of| of.get(product).copied().unwrap_or_default());
            if was.version != is.version {
                moved += 1;
            } else if (is.count, is.sum, is.histogram) != (counted.count, counted.sum, counted.histogram) {
                let about = format!("product {product}");
                let problem = "has ratings that differ from a recount of its reviews";
                findings.push(Violation::new(
                    Invariant::Analytics,
                    about,
                    problem,
                    describe_ratings(&counted),
                    describe_ratings(&is),
                ));
            }
        }
        (findings, moved)
    }
}

/// Checks whether a review's verified mark agrees with orderdb: that its author has bought the
/// product and kept it. A review that lags behind its order by no more than a message takes is
/// skipped.
pub(crate) fn check_verified_purchase(
    review: &ReviewRecord,
    purchase: &Purchase,
    moment: &CheckContext,
) -> Option<Violation> {
    let told_at = purchase.changed_at.map_or(review.created_at, |moved| moved.max(review.created_at));
    let wrong = review.verified != purchase.bought && moment.must_be_consumed(told_at, Queue::Analytics);
    let shown = |verified: bool| if verified { "a verified purchase" } else { "no verified purchase" };
    wrong.then(|| {
        let about = format!("review {}", review.id);
        let problem = format!("contradicts the orders of user {}", review.user);
        Violation::new(Invariant::Analytics, about, problem, shown(purchase.bought), shown(review.verified))
    })
}

/// Checks the catalog's projection of a product's ratings. A lagging one is checked by the outbox's
/// rules.
pub(crate) fn check_projection(
    ratings: Option<&RatingTotals>,
    product: &ProductProjection,
    moment: &CheckContext,
) -> Option<Violation> {
    let ratings = ratings.copied().unwrap_or_default();
    let same = (ratings.count, ratings.sum) == (product.rating_count, product.rating_sum);
    let comparable = ratings.version == product.rating_version || moment.is_quiescent();
    (!same && comparable).then(|| {
        let about = format!("product {}", product.id);
        let expected = format!("{} reviews with {} stars", ratings.count, ratings.sum);
        let found = format!("{} reviews with {} stars", product.rating_count, product.rating_sum);
        Violation::new(Invariant::Analytics, about, "shows other ratings than reviewdb has", expected, found)
    })
}

fn describe_ratings(ratings: &RatingTotals) -> String {
    format!("{} reviews with {} stars {:?}", ratings.count, ratings.sum, ratings.histogram)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{context_at, placed_plus};
    use super::*;
    use domain::{ReviewId, Timestamp, UserId};

    fn ratings(count: i64, sum: i64, histogram: [i64; 5], version: i64) -> BTreeMap<ProductId, RatingTotals> {
        BTreeMap::from([(ProductId::new(7), RatingTotals { count, sum, histogram, version })])
    }

    fn written() -> ReviewRecord {
        ReviewRecord {
            id: ReviewId::generate_at(Timestamp::from_millis(0), 1),
            product: ProductId::new(7),
            user: UserId::new(1),
            rating: 5,
            unchanged: true,
            verified: true,
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_verified_flag_follows_the_orders_once_its_message_was_consumed() {
        let moved = |seconds: i64, bought| Purchase { bought, changed_at: Some(placed_plus(seconds)) };
        let found =
            |purchase, settled| check_verified_purchase(&written(), &purchase, &context_at(1000, settled)).is_some();
        assert!(!found(moved(0, true), true));
        assert!(found(moved(0, false), false), "long ago");
        assert!(!found(moved(990, false), false), "its message is in a queue");
        assert!(found(moved(990, false), true), "nothing is in progress");
        assert!(found(Purchase::default(), true), "never bought");
    }

    #[test]
    fn ratings_equal_a_recount() {
        let mut recount = RatingRecount::default();
        for rating in [5, 4] {
            let id = ReviewId::generate_at(Timestamp::from_millis(0), rating as u128);
            recount.add(&ReviewRecord { id, rating, ..written() });
        }
        let right = ratings(2, 9, [0, 0, 0, 1, 1], 2);
        let check = |before: &BTreeMap<_, _>, after: &BTreeMap<_, _>| {
            let (findings, moved) = recount.check(before, after);
            (findings.len(), moved)
        };
        assert_eq!(check(&right, &right), (0, 0));
        for wrong in [ratings(2, 8, [0, 0, 0, 1, 1], 2), ratings(2, 9, [0, 0, 1, 0, 1], 2), BTreeMap::new()] {
            assert_eq!(check(&wrong, &wrong), (1, 0));
        }
        assert_eq!(check(&ratings(1, 5, [0, 0, 0, 0, 1], 1), &right), (0, 1));
    }

    #[test]
    fn the_catalog_shows_the_ratings_of_its_version() {
        let there = RatingTotals { count: 2, sum: 9, histogram: [0, 0, 0, 1, 1], version: 2 };
        let product = |rating_sum, rating_version| ProductProjection {
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
            let found = check_projection(Some(&there), &product(sum, version), &context_at(0, settled)).is_some();
            assert_eq!(found, wrong, "{sum} {version} {settled}");
        }
    }
}
