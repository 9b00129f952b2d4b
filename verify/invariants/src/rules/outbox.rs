//! I6: events in an outbox are published, published events are consumed, and nothing was consumed
//! that was never written.

use domain::events::{DomainEvent, EventEnvelope, ReviewChangeKind};
use domain::{EventId, ProductId, ReviewId, Timestamp};

use crate::check_context::{CheckContext, PUBLISHED_WITHIN_SECONDS};
use crate::report::{Invariant, Violation};

/// A row of any outbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxRow<'a> {
    pub(crate) database: &'static str,
    pub(crate) id: EventId,
    pub(crate) event: Option<&'a EventEnvelope>,
    pub(crate) written_at: Timestamp,
}

/// A row that has not been published.
pub(crate) fn check_unsent(row: OutboxRow<'_>, moment: &CheckContext) -> Option<Violation> {
    moment.is_overdue(row.written_at, PUBLISHED_WITHIN_SECONDS).then(|| {
        let found = format!("written at {}", row.written_at);
        Violation::new(Invariant::Outbox, event_label(row), "was never sent", "sent", found)
    })
}

/// A row that is no event, or another one's: it can never be published.
pub(crate) fn check_decodable(row: OutboxRow<'_>) -> Option<Violation> {
    let right = row.event.is_some_and(|event| event.event_id == row.id);
    (!right)
        .then(|| Violation::new(Invariant::Outbox, event_label(row), "is not the event of this id", "an event", "none"))
}

/// An event that was sent to analytics and is not stored there.
pub(crate) fn unconsumed_event(row: OutboxRow<'_>) -> Violation {
    Violation::new(
        Invariant::Outbox,
        event_label(row),
        "was sent to analytics and never processed",
        "stored once",
        "not stored",
    )
}

/// An event of the shop that analytics has, but no outbox.
pub(crate) fn event_without_outbox_row(id: EventId, database: &str) -> Violation {
    let problem = format!("was processed by analytics, but no outbox of {database} has it");
    Violation::new(Invariant::Outbox, format!("event {id}"), problem, "written once", "not written")
}

/// The review whose deletion an event reports.
pub(crate) fn deleted_review(row: OutboxRow<'_>) -> Option<ReviewId> {
    let Some(DomainEvent::ReviewChanged(review)) = row.event.map(|event| &event.payload) else { return None };
    (review.change == ReviewChangeKind::Deleted).then(|| review.review_id.clone())
}

/// The version in the newest event about a product's stock or ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewestVersion {
    pub(crate) id: EventId,
    pub(crate) version: i64,
    pub(crate) sent_at: Timestamp,
}

/// A projection that is older than its newest event.
pub(crate) fn check_projection(product: ProductId, of: &str, newest: NewestVersion, shown: i64) -> Option<Violation> {
    (shown < newest.version).then(|| {
        let about = format!("event {} of product {product}", newest.id);
        let problem = format!("reports {of} to the catalog and was never processed");
        Violation::new(
            Invariant::Outbox,
            about,
            problem,
            format!("version {}", newest.version),
            format!("version {shown}"),
        )
    })
}

/// The product and the version in an event about a state.
pub(crate) fn versioned_product(event: &EventEnvelope) -> Option<(ProductId, i64)> {
    match &event.payload {
        DomainEvent::StockChanged(changed) => Some((changed.product_id, changed.version)),
        DomainEvent::RatingChanged(changed) => Some((changed.product_id, changed.version)),
        DomainEvent::OrderStatusChanged(_)
        | DomainEvent::RefundIssued(_)
        | DomainEvent::ReturnChanged(_)
        | DomainEvent::ReviewChanged(_)
        | DomainEvent::ProductChanged(_)
        | DomainEvent::VerificationRequested(_)
        | DomainEvent::OrderTakenOver(_) => None,
    }
}

fn event_label(row: OutboxRow<'_>) -> String {
    let name = row.event.map_or("row", |event| event.payload.name());
    format!("event {} ({name}) of {}", row.id, row.database)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{context_at, placed_plus};
    use super::*;
    use domain::events::StockChanged;

    #[test]
    fn a_row_is_published_in_time_and_holds_the_event_of_its_id() {
        let (product_id, id) = (ProductId::new(7), EventId::new(uuid::Uuid::nil()));
        let payload = DomainEvent::StockChanged(StockChanged { product_id, available: 3, version: 9 });
        let event = EventEnvelope { event_id: id, at: placed_plus(0), request_id: None, payload };
        let row = OutboxRow { database: "inventorydb", id, event: Some(&event), written_at: placed_plus(0) };
        assert_eq!(
            [(89, false), (91, false), (1, true)].map(|(age, s)| check_unsent(row, &context_at(age, s)).is_some()),
            [false, true, true]
        );
        assert!(check_decodable(row).is_none());
        assert!(check_decodable(OutboxRow { event: None, ..row }).is_some());
        assert!(check_decodable(OutboxRow { id: EventId::new(uuid::Uuid::max()), ..row }).is_some());
        let (product, version) = versioned_product(&event).unwrap();
        let newest = NewestVersion { id, version, sent_at: placed_plus(0) };
        let found = [8, 9, 10].map(|shown| check_projection(product, "stock", newest, shown).is_some());
        assert_eq!(found, [true, false, false]);
    }
}
