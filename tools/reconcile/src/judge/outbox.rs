//! I6: what was written in an outbox is sent, what was sent is taken, and nothing was taken that
//! was never written.

use domain::events::{Event, Fact};
use domain::{EventId, ProductId, Timestamp};

use crate::moment::{Moment, SENT_WITHIN};
use crate::report::{Finding, Invariant};

/// A row of any outbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) database: &'static str,
    pub(crate) id: EventId,
    pub(crate) event: Option<&'a Event>,
    pub(crate) written_at: Timestamp,
}

/// A row that has not been sent.
pub(crate) fn unsent(row: Row<'_>, moment: &Moment) -> Option<Finding> {
    moment.is_due(row.written_at, SENT_WITHIN).then(|| {
        let found = format!("written at {}", row.written_at);
        Finding::new(Invariant::Outbox, named(row), "was never sent", "sent", found)
    })
}

/// A row that is no event, or another's: nobody can ever be told of it.
pub(crate) fn unreadable(row: Row<'_>) -> Option<Finding> {
    let right = row.event.is_some_and(|event| event.event_id == row.id);
    (!right).then(|| Finding::new(Invariant::Outbox, named(row), "is no event of this id", "an event", "none"))
}

/// An event that was sent to analytics and is not there.
pub(crate) fn untaken(row: Row<'_>) -> Finding {
    Finding::new(Invariant::Outbox, named(row), "was sent to analytics and never taken", "stored once", "not stored")
}

/// An event that analytics has by the shop's own word, and that no outbox tells of.
pub(crate) fn unwritten(id: EventId, database: &str) -> Finding {
    let problem = format!("was taken by analytics, and no outbox of {database} tells of it");
    Finding::new(Invariant::Outbox, format!("event {id}"), problem, "written once", "not written")
}

/// What the newest fact about a product's stock or ratings says of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) id: EventId,
    pub(crate) version: i64,
    pub(crate) sent_at: Timestamp,
}

/// A projection that is older than what it was told of.
pub(crate) fn projection(product: ProductId, of: &str, newest: Newest, shown: i64) -> Option<Finding> {
    (shown < newest.version).then(|| {
        let about = format!("event {} of product {product}", newest.id);
        let problem = format!("tells the catalogue of {of} and was never taken");
        Finding::new(
            Invariant::Outbox,
            about,
            problem,
            format!("version {}", newest.version),
            format!("version {shown}"),
        )
    })
}

/// The product and the version that a fact about a state tells of.
pub(crate) fn version(event: &Event) -> Option<(ProductId, i64)> {
    match &event.fact {
        Fact::Stock(fact) => Some((fact.product_id, fact.version)),
        Fact::Rating(fact) => Some((fact.product_id, fact.version)),
        Fact::Order(_) | Fact::Refunded(_) | Fact::Review(_) | Fact::Product(_) => None,
    }
}

fn named(row: Row<'_>) -> String {
    let name = row.event.map_or("row", |event| event.fact.name());
    format!("event {} ({name}) of {}", row.id, row.database)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, later};
    use super::*;
    use domain::events::StockFact;

    #[test]
    fn a_row_is_sent_within_its_time_and_is_the_event_of_its_id() {
        let (product_id, id) = (ProductId::new(7), EventId::new(uuid::Uuid::nil()));
        let fact = Fact::Stock(StockFact { product_id, available: 3, version: 9 });
        let event = Event { event_id: id, at: at(0), request_id: None, fact };
        let row = Row { database: "inventorydb", id, event: Some(&event), written_at: at(0) };
        assert_eq!(
            [(89, false), (91, false), (1, true)].map(|(age, s)| unsent(row, &later(age, s)).is_some()),
            [false, true, true]
        );
        assert!(unreadable(row).is_none());
        assert!(unreadable(Row { event: None, ..row }).is_some());
        assert!(unreadable(Row { id: EventId::new(uuid::Uuid::max()), ..row }).is_some());
        let (product, version) = version(&event).unwrap();
        let newest = Newest { id, version, sent_at: at(0) };
        let found = [8, 9, 10].map(|shown| projection(product, "stock", newest, shown).is_some());
        assert_eq!(found, [true, false, false]);
    }
}
