//! Reviews: one per user and product.

mod public_name;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::events::{DomainEvent, EventEnvelope, RatingChanged, ReviewChangeKind, ReviewChanged};
use crate::text::text;
use crate::whole_number::deserialize_whole_number;
use crate::{EventId, Problem, ProblemKind, ProductId, ReviewId, Timestamp, UserId};

text! {
    Comment = 0..=5000,
}

/// Whole stars: 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = u8, minimum = 1, maximum = 5)]
pub struct Rating(u8);

impl Rating {
    pub const fn get(self) -> u8 {
        self.0
    }

    /// # Errors
    /// Outside 1 to 5.
    pub fn new(stars: i64) -> Result<Self, &'static str> {
        u8::try_from(stars).ok().filter(|s| (1..=5).contains(s)).map(Self).ok_or("must be a whole number from 1 to 5")
    }
}

impl<'de> Deserialize<'de> for Rating {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(deserialize_whole_number(from)?).map_err(de::Error::custom)
    }
}

/// A review. Its author sees it as it is; lists shorten the author's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    pub id: ReviewId,
    pub product_id: ProductId,
    /// The customer who wrote the review.
    pub user_id: UserId,
    /// The author's name at the time of writing; in lists the first name and an initial: `Ada L.`
    pub user_name: String,
    /// From 1 to 5 stars.
    pub rating: u8,
    pub comment: String,
    /// Whether the author bought the product in this shop.
    pub verified_purchase: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The order of a product's reviews. Ties are broken by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ReviewSort {
    /// The review written last comes first.
    #[default]
    #[serde(rename = "newest")]
    Newest,
    /// The lowest rating comes first.
    #[serde(rename = "rating")]
    Rating,
    /// The highest rating comes first.
    #[serde(rename = "-rating")]
    RatingDescending,
}

impl Review {
    /// The public form, with a first name and an initial. The stored name stays complete.
    #[must_use]
    pub fn with_public_name(self) -> Self {
        Self { user_name: public_name::public_name(&self.user_name), ..self }
    }

    /// The same review with another rating and comment.
    #[must_use]
    pub fn edited(&self, rating: Rating, comment: &Comment, now: Timestamp) -> Self {
        Self { rating: rating.get(), comment: comment.as_str().to_owned(), updated_at: now, ..self.clone() }
    }
}

/// What a change of one review does to its product's ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingDelta {
    /// The rating that no longer counts.
    pub removed: Option<u8>,
    /// The rating that counts from now on.
    pub added: Option<u8>,
}

impl RatingDelta {
    /// The change of the number of reviews.
    pub fn count_delta(self) -> i64 {
        i64::from(self.added.is_some()) - i64::from(self.removed.is_some())
    }

    /// The change of the sum of ratings.
    pub fn sum_delta(self) -> i64 {
        self.added.map_or(0, i64::from) - self.removed.map_or(0, i64::from)
    }

    /// The change of the number of reviews with this rating.
    pub fn histogram_delta(self, stars: u8) -> i64 {
        i64::from(self.added == Some(stars)) - i64::from(self.removed == Some(stars))
    }

    /// Whether it changes nothing.
    pub fn is_zero(self) -> bool {
        self.added == self.removed
    }
}

/// A product's ratings, aggregated over its reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatingTotals {
    /// The number of reviews.
    pub count: i64,
    /// The sum of their ratings.
    pub sum: i64,
    /// The number of reviews with 1, 2, 3, 4 and 5 stars.
    pub histogram: [i64; 5],
    /// Grows with every change.
    pub version: i64,
}

/// A product's ratings as everyone sees them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RatingSummary {
    /// The number of reviews.
    count: i64,
    /// The mean rating with two decimals; 0 without reviews.
    average: f64,
    /// The number of reviews by rating.
    histogram: RatingHistogram,
}

/// The number of reviews with each rating from 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
struct RatingHistogram {
    #[serde(rename = "1")]
    one: i64,
    #[serde(rename = "2")]
    two: i64,
    #[serde(rename = "3")]
    three: i64,
    #[serde(rename = "4")]
    four: i64,
    #[serde(rename = "5")]
    five: i64,
}

/// The mean of `count` ratings with two decimals, halves away from zero; 0 without any.
pub fn average_rating(sum: i64, count: i64) -> f64 {
    if count <= 0 { 0.0 } else { ((sum * 200 + count) / (2 * count)) as f64 / 100.0 }
}

impl From<RatingTotals> for RatingSummary {
    fn from(ratings: RatingTotals) -> Self {
        let [one, two, three, four, five] = ratings.histogram;
        let histogram = RatingHistogram { one, two, three, four, five };
        Self { count: ratings.count, average: average_rating(ratings.sum, ratings.count), histogram }
    }
}

/// The event of a change: for analytics, and what the change does to the product's ratings.
pub fn review_changed(change: ReviewChangeKind, review: &Review, previous: Option<u8>) -> DomainEvent {
    DomainEvent::ReviewChanged(ReviewChanged {
        change,
        review_id: review.id.clone(),
        product_id: review.product_id,
        user_id: review.user_id,
        rating: review.rating,
        previous_rating: previous,
    })
}

/// The event by which the catalog learns a product's ratings, with its id: every process that
/// reports one version of them reports the same event.
fn rating_changed(product_id: ProductId, ratings: &RatingTotals) -> (EventId, DomainEvent) {
    let RatingTotals { count, sum, version, .. } = *ratings;
    let mut id = *b"....rate........";
    id[..4].copy_from_slice(&product_id.get().to_be_bytes());
    id[8..].copy_from_slice(&version.to_be_bytes());
    let id = EventId::new(uuid::Builder::from_custom_bytes(id).into_uuid());
    (id, DomainEvent::RatingChanged(RatingChanged { product_id, count, sum, version }))
}

/// The same as an envelope, if these changes of the product's reviews have moved its ratings.
pub fn rating_event(product_id: ProductId, ratings: &RatingTotals, changes: &[EventEnvelope]) -> Option<EventEnvelope> {
    let moved = |event: &&EventEnvelope| match &event.payload {
        DomainEvent::ReviewChanged(review) => !review.rating_delta().is_zero(),
        _ => false,
    };
    let last = changes.iter().filter(moved).max_by_key(|event| event.at)?;
    let (event_id, payload) = rating_changed(product_id, ratings);
    Some(EventEnvelope { event_id, at: last.at, request_id: last.request_id.clone(), payload })
}

impl ReviewChanged {
    /// What the change does to the product's ratings.
    pub fn rating_delta(&self) -> RatingDelta {
        let rating = Some(self.rating);
        match self.change {
            ReviewChangeKind::Created => RatingDelta { removed: None, added: rating },
            ReviewChangeKind::Updated => RatingDelta { removed: self.previous_rating.or(rating), added: rating },
            ReviewChangeKind::Deleted => RatingDelta { removed: rating, added: None },
        }
    }
}

/// 409 for a second review of one product by one user.
pub fn already_reviewed() -> Problem {
    Problem::conflict("already_reviewed", "You have already reviewed this product. Edit your review instead.")
}

/// 404 for a review of an unknown product.
pub fn unknown_product(id: ProductId) -> Problem {
    Problem::new(ProblemKind::NotFound, "unknown_product", format!("Product {id} does not exist."))
        .with_extension("productId", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_rounded_once_and_at_the_end() {
        assert_eq!(average_rating(0, 0).to_bits(), 0.0_f64.to_bits());
        for (sum, count, mean) in [(5, 1, 5.0), (14, 3, 4.67), (13, 3, 4.33), (9, 8, 1.13), (1, 200, 0.01)] {
            assert!((average_rating(sum, count) - mean).abs() < 1e-9, "{sum}/{count}");
        }
    }

    #[test]
    fn a_rating_delta_moves_one_review_to_its_new_rating() {
        let changed = RatingDelta { removed: Some(2), added: Some(5) };
        assert_eq!((changed.count_delta(), changed.sum_delta()), (0, 3));
        assert_eq!([1, 2, 3, 4, 5].map(|stars| changed.histogram_delta(stars)), [0, -1, 0, 0, 1]);
        let deleted = RatingDelta { removed: Some(4), added: None };
        assert_eq!((deleted.count_delta(), deleted.sum_delta(), deleted.histogram_delta(4)), (-1, -4, -1));
        assert!(RatingDelta { removed: Some(3), added: Some(3) }.is_zero());
    }

    #[test]
    fn each_version_of_each_products_ratings_has_an_event_of_its_own() {
        let id = |product, version| {
            rating_changed(ProductId::new(product), &RatingTotals { version, ..RatingTotals::default() }).0
        };
        assert_eq!(id(7, 1), id(7, 1));
        let all = [id(7, 1), id(7, 2), id(8, 1), id(1, 7), id(7, 1 << 40), id(i32::MAX, 1)];
        let distinct: std::collections::HashSet<EventId> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn whole_stars_alone_are_a_rating() {
        for good in 1..=5 {
            assert!(Rating::new(good).is_ok());
        }
        for bad in [i64::MIN, -1, 0, 6, 256, i64::MAX] {
            assert!(Rating::new(bad).is_err(), "{bad}");
        }
    }
}
