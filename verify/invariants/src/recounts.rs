//! Recounts reviewdb and analyticsdb. Aggregates are read before and after their sources: those
//! that are the same both times can be checked, whatever happens concurrently to others.

use std::collections::BTreeSet;

use domain::analytics::{Days, Period, RollupDelta};
use domain::{EventId, OrderId, Timestamp};
use store_mongo::reconcile::{self as mongo_audit, PendingRecord, ReviewRecord, StoredEvent};
use store_postgres::{purchases, reconcile};

use crate::check_context::{CheckContext, RECOVERED_WITHIN_SECONDS};
use crate::check_state::CheckState;
use crate::report::{Invariant, InvariantReport, Violation};
use crate::rules::ratings::{RatingRecount, check_verified_purchase};
use crate::rules::retained_days;
use crate::rules::rollups::{self, RollupComparison};
use crate::rules::{order_amounts, outbox};
use crate::stores::{StoreError, Stores, store_error};

/// Reviews and events read at once.
const PAGE_SIZE: i64 = 500;
/// Published events are kept in reviewdb's outbox for 14 days; one day less is checked.
pub(crate) const OUTBOX_RETENTION_SECONDS: i64 = 13 * 24 * 3600;

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    check_ratings(stores, moment, remembered, report).await?;
    check_analytics(stores, moment, report).await
}

async fn check_ratings(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let reviewdb = store_error("reviewdb");
    let before = mongo_audit::load_ratings(&stores.mongo).await.map_err(&reviewdb)?;
    let (mut recount, mut after) = (RatingRecount::default(), None);
    loop {
        let page = mongo_audit::list_reviews(&stores.mongo, after.as_ref(), PAGE_SIZE).await.map_err(&reviewdb)?;
        let written: Vec<ReviewRecord> = page.iter().filter_map(|stored| stored.review.clone()).collect();
        written.iter().for_each(|review| recount.add(review));
        for pending in page.iter().flat_map(|stored| &stored.pending) {
            recount.add_pending(pending);
            check_pending(pending, moment, remembered, report);
        }
        report.add_violations(Invariant::Analytics, check_verified_purchases(stores, &written, moment).await?);
        report.add_count(Invariant::Analytics, "reviews", written.len());
        match page.last() {
            Some(last) if page.len() as i64 == PAGE_SIZE => after = Some(last.id.clone()),
            _ => break,
        }
    }
    remembered.ratings = mongo_audit::load_ratings(&stores.mongo).await.map_err(&reviewdb)?;
    let (findings, moved) = recount.check(&before, &remembered.ratings);
    report.add_violations(Invariant::Analytics, findings);
    note_skipped(moved, "ratings", report);
    Ok(())
}

/// An event that a review still holds is unpublished, or not known to be published.
fn check_pending(
    pending: &PendingRecord,
    moment: &CheckContext,
    remembered: &mut CheckState,
    report: &mut InvariantReport,
) {
    let row = outbox::OutboxRow {
        database: "reviewdb",
        id: pending.id,
        event: pending.event.as_ref(),
        written_at: pending.since,
    };
    report.add_count(Invariant::Outbox, "unsent events", 1);
    report.add_violations(Invariant::Outbox, outbox::check_decodable(row));
    report.add_violations(Invariant::Outbox, outbox::check_unsent(row, moment));
    remembered.deleted_reviews.extend(outbox::deleted_review(row));
}

/// Reviews whose verified mark contradicts orderdb. Orders are read after their reviews: what they
/// say now was true when the review was read, or has changed since.
async fn check_verified_purchases(
    stores: &Stores,
    page: &[ReviewRecord],
    moment: &CheckContext,
) -> Result<Vec<Violation>, StoreError> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let about: Vec<_> = page.iter().map(|review| (review.user, review.product)).collect();
    let mut db = stores.orderdb.acquire().await.map_err(store_error("orderdb"))?;
    let purchases = purchases::find_purchases(&mut db, &about).await.map_err(store_error("orderdb"))?;
    Ok(page
        .iter()
        .zip(&purchases)
        .filter_map(|(review, purchase)| check_verified_purchase(review, purchase, moment))
        .collect())
}

async fn check_analytics(
    stores: &Stores,
    moment: &CheckContext,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let analyticsdb = store_error("analyticsdb");
    let before = mongo_audit::sum_rollups(&stores.mongo).await.map_err(&analyticsdb)?;
    let (mut recount, mut after) = (RollupDelta::default(), None);
    loop {
        let page = mongo_audit::list_events(&stores.mongo, after, PAGE_SIZE).await.map_err(&analyticsdb)?;
        check_events_in_outboxes(stores, &page, moment, report).await?;
        check_order_amounts(stores, &page, report).await?;
        report.add_count(Invariant::Analytics, "events", page.len());
        let (last, full) = (page.last().map(|stored| stored.id), page.len() as i64 == PAGE_SIZE);
        for stored in page {
            match stored.counted {
                true => recount.add(stored.event),
                false => report.add_violations(Invariant::Analytics, uncounted_event(&stored, moment)),
            }
        }
        if !full {
            break;
        }
        after = last;
    }
    let now = mongo_audit::sum_rollups(&stores.mongo).await.map_err(&analyticsdb)?;
    let days: Days = serde_json::from_value(retained_days::COMPLETE_DAYS.into()).map_err(store_error("analyticsdb"))?;
    let period = days.period_until(stores.clock.now());
    let recount = RollupDelta {
        user_totals: retained_days::user_totals(&now),
        ..retained_days::retain_period(&recount, &period)
    };
    let (before, now) = (retained_days::retain_period(&before, &period), retained_days::retain_period(&now, &period));
    let outcome = RollupComparison { before: &before, after: &now, recount: &recount }.check();
    report.add_count(Invariant::Analytics, "totals", outcome.compared);
    note_skipped(outcome.skipped, "totals", report);
    // If a rollup is wrong the dashboard is too; if one changes it cannot be compared.
    if outcome.violations.is_empty() && outcome.skipped == 0 {
        let wrong = mongo_audit::find_wrong_lists(&stores.mongo, &now).await.map_err(&analyticsdb)?;
        let mut found: Vec<Violation> = wrong.iter().map(|day| rollups::wrong_lists(day)).collect();
        found.extend(compare_dashboard(stores, &recount, period.clone()).await?);
        // Both were read after the rollups that they are compared with.
        let after = if found.is_empty() { None } else { Some(mongo_audit::sum_rollups(&stores.mongo).await) };
        match after.transpose().map_err(&analyticsdb)? {
            Some(after) if retained_days::retain_period(&after, &period) != now => note_skipped(1, "dashboard", report),
            _ => report.add_violations(Invariant::Analytics, found),
        }
    }
    report.add_violations(Invariant::Analytics, outcome.violations);
    Ok(())
}

/// The dashboard of all days whose events are kept, built as the function builds it.
async fn compare_dashboard(
    stores: &Stores,
    recount: &RollupDelta,
    period: Period,
) -> Result<Option<Violation>, StoreError> {
    let stored = store_mongo::rollups::load_totals(&stores.mongo, &period).await.map_err(store_error("analyticsdb"))?;
    let made = domain::analytics::build_dashboard(period.clone(), stored);
    let counted = domain::analytics::build_dashboard(period.clone(), rollups::totals_for_period(recount, &period));
    Ok(rollups::check_dashboard(made, counted))
}

/// Events are aggregated by each recovery run, and before that with batches and requests of the
/// dashboard.
fn uncounted_event(stored: &StoredEvent, moment: &CheckContext) -> Option<Violation> {
    let since = stored.event.timestamp;
    moment.is_overdue(since, RECOVERED_WITHIN_SECONDS).then(|| {
        let about = format!("event {}", stored.id);
        let found = format!("`{}` of {since}", stored.event.event_type);
        Violation::new(Invariant::Analytics, about, "was accepted and never counted", "counted", found)
    })
}

/// An event that changes revenue or ratings is the shop's own: an outbox must have it.
async fn check_events_in_outboxes(
    stores: &Stores,
    page: &[StoredEvent],
    moment: &CheckContext,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let kept = |at: Timestamp| moment.started_at.seconds() - at.seconds() < OUTBOX_RETENTION_SECONDS;
    let ours = |of_reviews: bool| {
        let own = page.iter().filter(|stored| kept(stored.event.timestamp));
        let own = own.filter(|stored| stored.event.effect.as_ref().is_some_and(|e| e.day.is_some() == of_reviews));
        own.map(|stored| stored.id).collect::<Vec<EventId>>()
    };
    let (orders, reviews) = (ours(false), ours(true));
    if !orders.is_empty() {
        let mut db = stores.orderdb.acquire().await.map_err(store_error("orderdb"))?;
        let known = reconcile::existing_outbox_events(&mut db, &orders).await.map_err(store_error("orderdb"))?;
        let missing = orders.iter().filter(|id| !known.contains(id));
        report.add_violations(Invariant::Outbox, missing.map(|id| outbox::event_without_outbox_row(*id, "orderdb")));
    }
    if !reviews.is_empty() {
        let known =
            mongo_audit::existing_outbox_events(&stores.mongo, &reviews).await.map_err(store_error("reviewdb"))?;
        let missing = reviews.iter().filter(|id| !known.contains(id));
        report.add_violations(Invariant::Outbox, missing.map(|id| outbox::event_without_outbox_row(*id, "reviewdb")));
    }
    Ok(())
}

/// What events add to discounts, shipping and tax is what their orders have: an order never changes it.
async fn check_order_amounts(
    stores: &Stores,
    page: &[StoredEvent],
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let named: BTreeSet<OrderId> = page.iter().filter_map(order_amounts::order_of).collect();
    if named.is_empty() {
        return Ok(());
    }
    let named: Vec<OrderId> = named.into_iter().collect();
    let mut db = stores.orderdb.acquire().await.map_err(store_error("orderdb"))?;
    let orders = reconcile::find_orders(&mut db, &named).await.map_err(store_error("orderdb"))?;
    let wrong = page.iter().filter_map(|stored| order_amounts::check_event(stored, &orders));
    report.add_violations(Invariant::Analytics, wrong);
    Ok(())
}

fn note_skipped(moved: usize, what: &str, report: &mut InvariantReport) {
    if moved > 0 {
        report.add_note(Invariant::Analytics, format!("{moved} {what} changed during the reading and were skipped"));
    }
}
