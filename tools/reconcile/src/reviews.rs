//! Recounts reviewdb and analyticsdb. Figures are read before and after what they are counted
//! from: those that are the same both times can be judged, whatever happens meanwhile to others.

use domain::analytics::{Days, Period, Tally};
use domain::{EventId, Timestamp};
use mongo::audit::{self as mongo_audit, Stored, Written};
use postgres::{audit, reviewing};

use crate::judge::figures::{self, Compared};
use crate::judge::kept;
use crate::judge::outbox;
use crate::judge::ratings::{Recount, verified};
use crate::moment::{Moment, RECOVERED_WITHIN};
use crate::read::Remembered;
use crate::report::{Finding, Invariant, Report};
use crate::stores::{Away, Stores, away};

/// Reviews and events that are read at once.
const PAGE: i64 = 500;
/// Facts that were sent are kept in reviewdb's outbox for 14 days; one day less is looked for.
pub(crate) const FACTS_KEPT_SECONDS: i64 = 13 * 24 * 3600;

pub(crate) async fn check(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    report: &mut Report,
) -> Result<(), Away> {
    ratings(stores, moment, remembered, report).await?;
    analytics(stores, moment, report).await
}

async fn ratings(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    report: &mut Report,
) -> Result<(), Away> {
    let reviewdb = away("reviewdb");
    let before = mongo_audit::ratings(&stores.mongo).await.map_err(&reviewdb)?;
    let (mut recount, mut after) = (Recount::default(), None);
    loop {
        let page = mongo_audit::reviews(&stores.mongo, after.as_ref(), PAGE).await.map_err(&reviewdb)?;
        page.iter().for_each(|review| recount.add(review));
        report.add(Invariant::Analytics, unbought(stores, &page, moment).await?);
        report.count(Invariant::Analytics, "reviews", page.len());
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = Some(last.id.clone()),
            _ => break,
        }
    }
    remembered.ratings = mongo_audit::ratings(&stores.mongo).await.map_err(&reviewdb)?;
    let (findings, moved) = recount.judge(&before, &remembered.ratings);
    report.add(Invariant::Analytics, findings);
    note_moved(moved, "ratings", report);
    Ok(())
}

/// Reviews that say otherwise than orderdb whether they are of a purchase. Orders are read after
/// their reviews: what they say now was true when the review was read, or has moved since.
async fn unbought(stores: &Stores, page: &[Written], moment: &Moment) -> Result<Vec<Finding>, Away> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let about: Vec<_> = page.iter().map(|review| (review.user, review.product)).collect();
    let mut db = stores.orderdb.acquire().await.map_err(away("orderdb"))?;
    let purchases = reviewing::purchases(&mut db, &about).await.map_err(away("orderdb"))?;
    Ok(page.iter().zip(&purchases).filter_map(|(review, purchase)| verified(review, purchase, moment)).collect())
}

async fn analytics(stores: &Stores, moment: &Moment, report: &mut Report) -> Result<(), Away> {
    let analyticsdb = away("analyticsdb");
    let before = mongo_audit::rollups(&stores.mongo).await.map_err(&analyticsdb)?;
    let (mut recount, mut after) = (Tally::default(), None);
    loop {
        let page = mongo_audit::events(&stores.mongo, after, PAGE).await.map_err(&analyticsdb)?;
        unwritten(stores, &page, moment, report).await?;
        report.count(Invariant::Analytics, "events", page.len());
        let (last, full) = (page.last().map(|stored| stored.id), page.len() as i64 == PAGE);
        for stored in page {
            match stored.counted {
                true => recount.add(stored.event),
                false => report.add(Invariant::Analytics, uncounted(&stored, moment)),
            }
        }
        if !full {
            break;
        }
        after = last;
    }
    let now = mongo_audit::rollups(&stores.mongo).await.map_err(&analyticsdb)?;
    let days: Days = serde_json::from_value(kept::WHOLE_DAYS.into()).map_err(away("analyticsdb"))?;
    let period = days.until(stores.clock.now());
    let recount = Tally { totals: kept::totals(&now), ..kept::within(&recount, &period) };
    let (before, now) = (kept::within(&before, &period), kept::within(&now, &period));
    let outcome = Compared { before: &before, after: &now, recount: &recount }.judge();
    report.count(Invariant::Analytics, "figures", outcome.figures);
    note_moved(outcome.moved, "figures", report);
    // Where a figure is wrong the dashboard is too; where one moves it cannot be compared.
    if outcome.findings.is_empty() && outcome.moved == 0 {
        report.add(Invariant::Analytics, dashboard(stores, &recount, period).await?);
    }
    report.add(Invariant::Analytics, outcome.findings);
    Ok(())
}

/// The dashboard of all days whose events are kept, made as the function makes it.
async fn dashboard(stores: &Stores, recount: &Tally, period: Period) -> Result<Option<Finding>, Away> {
    let stored = mongo::rollups::read(&stores.mongo, &period).await.map_err(away("analyticsdb"))?;
    let made = domain::analytics::dashboard(period.clone(), stored);
    let counted = domain::analytics::dashboard(period.clone(), figures::figures(recount, &period));
    Ok(figures::dashboard(made, counted))
}

/// Folds come with each batch, with each look at the dashboard and with recovery.
fn uncounted(stored: &Stored, moment: &Moment) -> Option<Finding> {
    let since = stored.event.timestamp;
    moment.is_due(since, RECOVERED_WITHIN).then(|| {
        let about = format!("event {}", stored.id);
        let found = format!("`{}` of {since}", stored.event.event_type);
        Finding::new(Invariant::Analytics, about, "was taken and never counted", "counted", found)
    })
}

/// What has an effect on money and stars is the shop's own word: an outbox must have it.
async fn unwritten(stores: &Stores, page: &[Stored], moment: &Moment, report: &mut Report) -> Result<(), Away> {
    let kept = |at: Timestamp| moment.began.seconds() - at.seconds() < FACTS_KEPT_SECONDS;
    let ours = |of_reviews: bool| {
        let own = page.iter().filter(|stored| kept(stored.event.timestamp));
        let own = own.filter(|stored| stored.event.effect.as_ref().is_some_and(|e| e.day.is_some() == of_reviews));
        own.map(|stored| stored.id).collect::<Vec<EventId>>()
    };
    let (orders, reviews) = (ours(false), ours(true));
    if !orders.is_empty() {
        let mut db = stores.orderdb.acquire().await.map_err(away("orderdb"))?;
        let known = audit::known_facts(&mut db, &orders).await.map_err(away("orderdb"))?;
        let missing = orders.iter().filter(|id| !known.contains(id));
        report.add(Invariant::Outbox, missing.map(|id| outbox::unwritten(*id, "orderdb")));
    }
    if !reviews.is_empty() {
        let known = mongo_audit::known_facts(&stores.mongo, &reviews).await.map_err(away("reviewdb"))?;
        let missing = reviews.iter().filter(|id| !known.contains(id));
        report.add(Invariant::Outbox, missing.map(|id| outbox::unwritten(*id, "reviewdb")));
    }
    Ok(())
}

fn note_moved(moved: usize, what: &str, report: &mut Report) {
    if moved > 0 {
        report.note(Invariant::Analytics, format!("{moved} {what} moved while they were read, and were left out"));
    }
}
