//! Reads the outboxes: unpublished events, and published events that were never consumed. Events of
//! the last 13 days; older ones are purged, and were checked before.

use std::collections::HashMap;

use domain::events::{EventEnvelope, Queue};
use domain::{EventId, ProductId, Timestamp};
use hdrhistogram::Histogram;
use store_mongo::reconcile as mongo_audit;
use store_postgres::reconcile::{self, OutboxRecord};
use store_postgres::{Conn, Database};

use crate::check_context::CheckContext;
use crate::check_state::CheckState;
use crate::recounts::OUTBOX_RETENTION_SECONDS;
use crate::report::{Invariant, InvariantReport};
use crate::rules::outbox::{self, NewestVersion, OutboxRow};
use crate::stores::{StoreError, Stores, store_error};

/// Events read at once.
const PAGE_SIZE: i64 = 500;
/// The maximum number of unpublished events that are examined; the rest are counted.
const MAX_UNSENT: i64 = 1_000;

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let delays = Histogram::new_with_max(OUTBOX_RETENTION_SECONDS as u64 * 1000, 2).expect("two digits are allowed");
    let mut stats = PublishStats { newest: NewestVersions::new(), delays };
    for (name, database) in
        [("orderdb", &stores.orderdb), ("inventorydb", &stores.inventorydb), ("productdb", &stores.productdb)]
    {
        check_outbox(stores, (name, database), moment, &mut stats, report).await?;
    }
    for (product, newest) in stats.newest.drain() {
        let shown = remembered.catalog.get(&product).map(|shown| shown.stock_version);
        report.add_violations(
            Invariant::Outbox,
            shown.and_then(|shown| outbox::check_projection(product, "stock", newest, shown)),
        );
    }
    check_review_outbox(stores, moment, remembered, &mut stats, report).await?;
    if !stats.delays.is_empty() {
        let seconds = |part| stats.delays.value_at_quantile(part) as f64 / 1000.0;
        let (half, most, last) = (seconds(0.5), seconds(0.99), seconds(1.0));
        report.add_note(
            Invariant::Outbox,
            format!("sent within {half:.3} s (p50), {most:.3} s (p99), {last:.3} s (all)"),
        );
    }
    Ok(())
}

type NewestVersions = HashMap<ProductId, NewestVersion>;

/// Totals of the published events.
struct PublishStats {
    /// By product, for the queue whose events are being read.
    newest: NewestVersions,
    /// Milliseconds from writing to (the last) publishing.
    delays: Histogram<u64>,
}

impl PublishStats {
    fn record_delay(&mut self, written_at: Timestamp, sent_at: Timestamp) {
        // A clock that was set back: counts as no delay.
        self.delays.saturating_record(u64::try_from(sent_at.millis() - written_at.millis()).unwrap_or_default());
    }
}

async fn check_outbox(
    stores: &Stores,
    (name, database): (&'static str, &Database),
    moment: &CheckContext,
    stats: &mut PublishStats,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let mut db = database.snapshot().await.map_err(store_error(name))?;
    let unsent = reconcile::list_unpublished(&mut db, MAX_UNSENT).await.map_err(store_error(name))?;
    let all = reconcile::count_unpublished(&mut db).await.map_err(store_error(name))?;
    report.add_count(Invariant::Outbox, "unsent events", usize::try_from(all).unwrap_or_default());
    report.add_violations(
        Invariant::Outbox,
        unsent.iter().filter_map(|event| outbox::check_unsent(outbox_row(name, event), moment)),
    );
    let mut before = i64::MAX;
    loop {
        let page = reconcile::list_published(&mut db, before, PAGE_SIZE).await.map_err(store_error(name))?;
        let kept =
            |event: &&OutboxRecord| moment.started_at.seconds() - event.created_at.seconds() < OUTBOX_RETENTION_SECONDS;
        let recent: Vec<&OutboxRecord> = page.iter().filter(kept).collect();
        check_sent(stores, name, &recent, moment, stats, report).await?;
        match page.last() {
            Some(last) if recent.len() as i64 == PAGE_SIZE => before = last.row_id,
            _ => break,
        }
    }
    close_snapshot(db, name).await
}

async fn close_snapshot(db: Conn, name: &'static str) -> Result<(), StoreError> {
    db.rollback().await.map_err(store_error(name))
}

/// Published events: those for analytics must be stored there, those about a state are remembered
/// by their newest version.
async fn check_sent(
    stores: &Stores,
    name: &'static str,
    events: &[&OutboxRecord],
    moment: &CheckContext,
    stats: &mut PublishStats,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    report.add_count(Invariant::Outbox, "sent events", events.len());
    report.add_violations(
        Invariant::Outbox,
        events.iter().filter_map(|record| outbox::check_decodable(outbox_row(name, record))),
    );
    let mut due = Vec::new();
    for record in events {
        let (Some(event), Some(sent_at)) = (&record.event, record.sent_at) else { continue };
        stats.record_delay(record.created_at, sent_at);
        record_newest(event, sent_at, moment, &mut stats.newest);
        if is_for_analytics(event) && moment.must_be_consumed(sent_at, Queue::Analytics) {
            due.push(outbox_row(name, record));
        }
    }
    check_unconsumed(stores, &due, report).await
}

async fn check_unconsumed(
    stores: &Stores,
    due: &[OutboxRow<'_>],
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<EventId> = due.iter().map(|row| row.id).collect();
    let there = mongo_audit::existing_events(&stores.mongo, &ids).await.map_err(store_error("analyticsdb"))?;
    let missing = due.iter().filter(|row| !there.contains(&row.id));
    report.add_violations(Invariant::Outbox, missing.map(|row| outbox::unconsumed_event(*row)));
    Ok(())
}

fn record_newest(event: &EventEnvelope, sent_at: Timestamp, moment: &CheckContext, newest: &mut NewestVersions) {
    let Some((product, version)) = outbox::versioned_product(event) else { return };
    if !moment.must_be_consumed(sent_at, Queue::Catalog) {
        return;
    }
    let this = NewestVersion { id: event.event_id, version, sent_at };
    let known = newest.entry(product).or_insert(this);
    if known.version < version {
        *known = this;
    }
}

async fn check_review_outbox(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    stats: &mut PublishStats,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = mongo_audit::list_outbox(&stores.mongo, after, PAGE_SIZE).await.map_err(store_error("reviewdb"))?;
        let mut due = Vec::new();
        for record in &page {
            let row = OutboxRow {
                database: "reviewdb",
                id: record.id,
                event: record.event.as_ref(),
                written_at: record.created_at,
            };
            report.add_violations(Invariant::Outbox, outbox::check_decodable(row));
            report.add_count(
                Invariant::Outbox,
                if record.sent_at.is_some() { "sent events" } else { "unsent events" },
                1,
            );
            remembered.deleted_reviews.extend(outbox::deleted_review(row));
            match (record.sent_at, row.event) {
                (None, _) => report.add_violations(Invariant::Outbox, outbox::check_unsent(row, moment)),
                (Some(sent_at), Some(event)) => {
                    stats.record_delay(record.created_at, sent_at);
                    record_newest(event, sent_at, moment, &mut stats.newest);
                    if is_for_analytics(event) && moment.must_be_consumed(sent_at, Queue::Analytics) {
                        due.push(row);
                    }
                }
                (Some(_), None) => {}
            }
        }
        check_unconsumed(stores, &due, report).await?;
        match page.last() {
            Some(last) if page.len() as i64 == PAGE_SIZE => after = Some(last.id),
            _ => break,
        }
    }
    for (product, newest) in stats.newest.drain() {
        let shown = remembered.catalog.get(&product).map(|shown| shown.rating_version);
        report.add_violations(
            Invariant::Outbox,
            shown.and_then(|shown| outbox::check_projection(product, "ratings", newest, shown)),
        );
    }
    Ok(())
}

fn is_for_analytics(event: &EventEnvelope) -> bool {
    event.payload.queues().contains(&Queue::Analytics)
}

fn outbox_row<'a>(database: &'static str, record: &'a OutboxRecord) -> OutboxRow<'a> {
    OutboxRow { database, id: record.event_id, event: record.event.as_ref(), written_at: record.created_at }
}
