//! Walks the outboxes: what is unsent, and what was sent and never taken. Facts of the last 13
//! days; older ones are forgotten, and were judged before.

use std::collections::HashMap;

use domain::events::{Event, Fact as What, Queue, ReviewChange};
use domain::{EventId, ProductId, Timestamp};
use hdrhistogram::Histogram;
use mongo::audit as mongo_audit;
use postgres::audit::{self, Fact};
use postgres::{Conn, Database};

use crate::judge::outbox::{self, Newest, Row};
use crate::moment::Moment;
use crate::read::Remembered;
use crate::report::{Invariant, Report};
use crate::reviews::FACTS_KEPT_SECONDS;
use crate::stores::{Away, Stores, away};

/// Facts that are read at once.
const PAGE: i64 = 500;
/// The most unsent facts that are looked at; the rest are counted.
const UNSENT: i64 = 1_000;

pub(crate) async fn check(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    report: &mut Report,
) -> Result<(), Away> {
    let delays = Histogram::new_with_max(FACTS_KEPT_SECONDS as u64 * 1000, 2).expect("two digits are allowed");
    let mut told = Told { newest: Versions::new(), delays };
    for (name, database) in
        [("orderdb", &stores.orderdb), ("inventorydb", &stores.inventorydb), ("productdb", &stores.productdb)]
    {
        of_database(stores, (name, database), moment, &mut told, report).await?;
    }
    for (product, newest) in told.newest.drain() {
        let shown = remembered.shown.get(&product).map(|shown| shown.stock_version);
        report.add(Invariant::Outbox, shown.and_then(|shown| outbox::projection(product, "stock", newest, shown)));
    }
    of_reviews(stores, moment, remembered, &mut told, report).await?;
    if !told.delays.is_empty() {
        let seconds = |part| told.delays.value_at_quantile(part) as f64 / 1000.0;
        let (half, most, last) = (seconds(0.5), seconds(0.99), seconds(1.0));
        report.note(Invariant::Outbox, format!("sent within {half:.3} s (p50), {most:.3} s (p99), {last:.3} s (all)"));
    }
    Ok(())
}

type Versions = HashMap<ProductId, Newest>;

/// What the sent facts add up to.
struct Told {
    /// Of each product, by the queue whose facts are being walked.
    newest: Versions,
    /// Milliseconds from writing to (the last) sending.
    delays: Histogram<u64>,
}

impl Told {
    fn waited(&mut self, written_at: Timestamp, sent_at: Timestamp) {
        // A clock that was set back: as good as at once.
        self.delays.saturating_record(u64::try_from(sent_at.millis() - written_at.millis()).unwrap_or_default());
    }
}

async fn of_database(
    stores: &Stores,
    (name, database): (&'static str, &Database),
    moment: &Moment,
    told: &mut Told,
    report: &mut Report,
) -> Result<(), Away> {
    let mut db = database.snapshot().await.map_err(away(name))?;
    let unsent = audit::unsent_facts(&mut db, UNSENT).await.map_err(away(name))?;
    let all = audit::unsent_count(&mut db).await.map_err(away(name))?;
    report.count(Invariant::Outbox, "unsent facts", usize::try_from(all).unwrap_or_default());
    report.add(Invariant::Outbox, unsent.iter().filter_map(|fact| outbox::unsent(row(name, fact), moment)));
    let mut before = i64::MAX;
    loop {
        let page = audit::sent_facts(&mut db, before, PAGE).await.map_err(away(name))?;
        let kept = |fact: &&Fact| moment.began.seconds() - fact.written_at.seconds() < FACTS_KEPT_SECONDS;
        let recent: Vec<&Fact> = page.iter().filter(kept).collect();
        sent(stores, name, &recent, moment, told, report).await?;
        match page.last() {
            Some(last) if recent.len() as i64 == PAGE => before = last.row,
            _ => break,
        }
    }
    end(db, name).await
}

async fn end(db: Conn, name: &'static str) -> Result<(), Away> {
    db.rollback().await.map_err(away(name))
}

/// Facts that were sent: those for analytics must be there, those about a state are remembered by
/// their newest version.
async fn sent(
    stores: &Stores,
    name: &'static str,
    facts: &[&Fact],
    moment: &Moment,
    told: &mut Told,
    report: &mut Report,
) -> Result<(), Away> {
    report.count(Invariant::Outbox, "sent facts", facts.len());
    report.add(Invariant::Outbox, facts.iter().filter_map(|fact| outbox::unreadable(row(name, fact))));
    let mut due = Vec::new();
    for fact in facts {
        let (Some(event), Some(sent_at)) = (&fact.event, fact.sent_at) else { continue };
        told.waited(fact.written_at, sent_at);
        remember(event, sent_at, moment, &mut told.newest);
        if is_for_analytics(event) && moment.is_taken(sent_at, Queue::Analytics) {
            due.push(row(name, fact));
        }
    }
    untaken(stores, &due, report).await
}

async fn untaken(stores: &Stores, due: &[Row<'_>], report: &mut Report) -> Result<(), Away> {
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<EventId> = due.iter().map(|row| row.id).collect();
    let there = mongo_audit::known_events(&stores.mongo, &ids).await.map_err(away("analyticsdb"))?;
    let missing = due.iter().filter(|row| !there.contains(&row.id));
    report.add(Invariant::Outbox, missing.map(|row| outbox::untaken(*row)));
    Ok(())
}

fn remember(event: &Event, sent_at: Timestamp, moment: &Moment, newest: &mut Versions) {
    let Some((product, version)) = outbox::version(event) else { return };
    if !moment.is_taken(sent_at, Queue::Catalog) {
        return;
    }
    let this = Newest { id: event.event_id, version, sent_at };
    let known = newest.entry(product).or_insert(this);
    if known.version < version {
        *known = this;
    }
}

async fn of_reviews(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    told: &mut Told,
    report: &mut Report,
) -> Result<(), Away> {
    let mut after = None;
    loop {
        let page = mongo_audit::facts(&stores.mongo, after, PAGE).await.map_err(away("reviewdb"))?;
        let mut due = Vec::new();
        for fact in &page {
            let row =
                Row { database: "reviewdb", id: fact.id, event: fact.event.as_ref(), written_at: fact.written_at };
            report.add(Invariant::Outbox, outbox::unreadable(row));
            report.count(Invariant::Outbox, if fact.sent_at.is_some() { "sent facts" } else { "unsent facts" }, 1);
            if let Some(What::Review(review)) = row.event.map(|event| &event.fact)
                && review.change == ReviewChange::Deleted
            {
                remembered.deleted_reviews.insert(review.review_id.clone());
            }
            match (fact.sent_at, row.event) {
                (None, _) => report.add(Invariant::Outbox, outbox::unsent(row, moment)),
                (Some(sent_at), Some(event)) => {
                    told.waited(fact.written_at, sent_at);
                    remember(event, sent_at, moment, &mut told.newest);
                    if is_for_analytics(event) && moment.is_taken(sent_at, Queue::Analytics) {
                        due.push(row);
                    }
                }
                (Some(_), None) => {}
            }
        }
        untaken(stores, &due, report).await?;
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = Some(last.id),
            _ => break,
        }
    }
    for (product, newest) in told.newest.drain() {
        let shown = remembered.shown.get(&product).map(|shown| shown.rating_version);
        report.add(Invariant::Outbox, shown.and_then(|shown| outbox::projection(product, "ratings", newest, shown)));
    }
    Ok(())
}

fn is_for_analytics(event: &Event) -> bool {
    event.fact.queues().contains(&Queue::Analytics)
}

fn row<'a>(database: &'static str, fact: &'a Fact) -> Row<'a> {
    Row { database, id: fact.id, event: fact.event.as_ref(), written_at: fact.written_at }
}
