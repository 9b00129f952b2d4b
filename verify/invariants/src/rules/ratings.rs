//! I8 for reviews: a product's ratings equal a recount of its reviews, and the catalog shows them.

use std::collections::BTreeMap;

use domain::events::{DomainEvent, Queue};
use domain::reviews::{RatingDelta, RatingTotals};
use domain::{EventId, ProductId};
use store_mongo::reconcile::{PendingRecord, RatingsRecord, ReviewRecord};
use store_postgres::purchases::Purchase;
use store_postgres::reconcile::ProductProjection;

use crate::check_context::CheckContext;
use crate::report::{Invariant, Violation};

/// A recount of the ratings from the reviews, and the changes that may not be in the ratings yet.
#[derive(Default)]
pub(crate) struct RatingRecount {
    reviews: BTreeMap<ProductId, RatingTotals>,
    pending: Vec<(ProductId, EventId, RatingDelta)>,
}

impl RatingRecount {
    pub(crate) fn add(&mut self, review: &ReviewRecord) {
        let rating = u8::try_from(review.rating).ok();
        add(self.reviews.entry(review.product).or_default(), RatingDelta { removed: None, added: rating });
    }

    pub(crate) fn add_pending(&mut self, pending: &PendingRecord) {
        let Some(DomainEvent::ReviewChanged(review)) = pending.event.as_ref().map(|event| &event.payload) else {
            return;
        };
        self.pending.push((review.product_id, pending.id, review.rating_delta()));
    }

    /// Checks the ratings as they were read `before` and `after` the reviews; those that changed in
    /// between are skipped, and counted. Of those that did not change, both together know each
    /// change that was in them while its review had it as pending.
    pub(crate) fn check(
        &self,
        before: &BTreeMap<ProductId, RatingsRecord>,
        after: &BTreeMap<ProductId, RatingsRecord>,
    ) -> (Vec<Violation>, usize) {
        let mut expected = self.reviews.clone();
        let is_applied =
            |product, id| [before, after].iter().any(|of| of.get(product).is_some_and(|it| it.applied.contains(id)));
        for (product, _, delta) in self.pending.iter().filter(|(product, id, _)| !is_applied(product, id)) {
            let undone = RatingDelta { removed: delta.added, added: delta.removed };
            add(expected.entry(*product).or_default(), undone);
        }
        let mut moved = 0;
        let mut findings = Vec::new();
        let products = after.keys().chain(expected.keys().filter(|product| !after.contains_key(product)));
        for product in products {
            let [was, is] = [before, after].map(|of| of.get(product).map(|it| it.totals).unwrap_or_default());
            let counted = expected.get(product).copied().unwrap_or_default();
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

fn add(ratings: &mut RatingTotals, delta: RatingDelta) {
    ratings.count += delta.count_delta();
    ratings.sum += delta.sum_delta();
    for (stars, count) in (1..=5).zip(&mut ratings.histogram) {
        *count += delta.histogram_delta(stars);
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
    ratings: Option<&RatingsRecord>,
    product: &ProductProjection,
    moment: &CheckContext,
) -> Option<Violation> {
    let ratings = ratings.map(|ratings| ratings.totals).unwrap_or_default();
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
    use domain::events::{EventEnvelope, ReviewChangeKind, ReviewChanged};
    use domain::{ReviewId, Timestamp, UserId};

    fn ratings(count: i64, sum: i64, histogram: [i64; 5], version: i64) -> BTreeMap<ProductId, RatingsRecord> {
        let totals = RatingTotals { count, sum, histogram, version };
        BTreeMap::from([(ProductId::new(7), RatingsRecord { totals, ..RatingsRecord::default() })])
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
    fn a_pending_change_is_in_the_ratings_or_not() {
        let (review, id) = (written(), EventId::new(uuid::Uuid::max()));
        let changed = ReviewChanged {
            change: ReviewChangeKind::Updated,
            review_id: review.id.clone(),
            product_id: review.product,
            user_id: review.user,
            rating: 5,
            previous_rating: Some(2),
        };
        let payload = DomainEvent::ReviewChanged(changed);
        let event = EventEnvelope { event_id: id, at: placed_plus(0), request_id: None, payload };
        let mut recount = RatingRecount::default();
        recount.add(&review);
        recount.add_pending(&PendingRecord { id, event: Some(event), since: placed_plus(0) });
        let without = ratings(1, 2, [0, 1, 0, 0, 0], 1);
        let mut with = ratings(1, 5, [0, 0, 0, 0, 1], 2);
        assert_eq!(recount.check(&without, &without).0.len(), 0);
        assert_eq!(recount.check(&with, &with).0.len(), 1, "not known as applied");
        with.get_mut(&review.product).unwrap().applied.insert(id);
        assert_eq!(recount.check(&with, &with).0.len(), 0);
        // Forgotten between the two reads.
        assert_eq!(recount.check(&with, &ratings(1, 5, [0, 0, 0, 0, 1], 2)).0.len(), 0);
    }

    #[test]
    fn the_catalog_shows_the_ratings_of_its_version() {
        let there = ratings(2, 9, [0, 0, 0, 1, 1], 2).remove(&ProductId::new(7)).unwrap();
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
