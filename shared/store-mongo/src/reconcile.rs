//! The reads of the invariant checker: whole collections, page by page in the order of their ids.
//! Writes nothing; judges nothing.

mod analytics;
mod pages;
mod retention;
mod reviews;

pub use analytics::{StoredEvent, existing_events, find_wrong_lists, list_events, load_rollups, sum_rollups};
pub use retention::{oldest_overdue_event, oldest_overdue_outbox_event};
pub use reviews::{
    OutboxRecord, PendingRecord, RatingsRecord, ReviewRecord, StoredReview, existing_outbox_events, find_reviews,
    list_outbox, list_reviews, load_ratings,
};
