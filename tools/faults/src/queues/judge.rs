//! What is known in the end, held against what must be.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use dead_letters::{Place, Walk};
use domain::Timestamp;
use domain::analytics::dashboard;
use domain::events::Queue;
use domain::notifications::DeliveryStatus;
use dynamo::audit::{Noted, Tables};
use mongo::Mongo;
use testkit::Bed;

use super::facts::{Facts, Known};
use super::month;
use super::tally::{Counts, Tally, add};
use crate::verdict::Verdict;

/// How many differences of one kind are told.
const SHOWN: usize = 5;
/// How long what is stored may take to be counted.
const FOLDING: Duration = Duration::from_secs(120);

/// How many messages a queue holds, by its own count.
pub(super) async fn waiting(client: &Client, url: &str) -> Result<usize> {
    use QueueAttributeName::{
        ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
    };
    let names =
        [ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible];
    let request = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let answer = Box::pin(request.send()).await.map_err(|e| anyhow::anyhow!("{}", DisplayErrorContext(&e)))?;
    let counts = answer.attributes.context("SQS told no counts")?;
    Ok(names.iter().filter_map(|name| counts.get(name)?.parse::<usize>().ok()).sum())
}

/// The dead letters are the poison, each as often as it was sent; and I9: what was sent was taken,
/// waits, or is dead.
pub(super) async fn letters(
    client: &Client,
    places: &[Place],
    facts: &Facts,
    tally: &Tally,
    verdict: &mut Verdict,
) -> Result<()> {
    for place in places {
        let name = place.queue.name();
        let mut dead: BTreeMap<String, usize> = BTreeMap::new();
        let mut walk = Walk::new(client, place);
        loop {
            let messages = walk.next().await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                *dead.entry(message.body.unwrap_or_default()).or_default() += 1;
            }
        }
        let poison = facts.poison.iter().filter(|(queue, _)| *queue == place.queue).map(|(_, body)| body);
        let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
        for body in poison {
            *lacking.entry(body).or_default() += 1;
        }
        for (body, sent) in &lacking {
            // Some were sent twice.
            let found = dead.get(*body).copied().unwrap_or_default();
            if !(*sent..=2 * sent).contains(&found) {
                verdict.broken(
                    name,
                    format!("{found} dead letters of a poison that was sent {sent} to {} times: {body:.80}", 2 * sent),
                );
            }
        }
        for body in dead.keys().filter(|body| !lacking.contains_key(body.as_str())).take(SHOWN) {
            verdict.broken(name, format!("a good message is among the dead letters: {body}"));
        }
        let counts = tally.of(place.queue);
        add(&counts.dead, dead.values().sum());
        balance(name, counts, waiting(client, &place.source).await?, verdict);
    }
    Ok(())
}

fn balance(name: &str, counts: &Counts, waiting: usize, verdict: &mut Verdict) {
    let [sent, unsure, taken, dead] =
        [&counts.sent, &counts.unsure, &counts.taken, &counts.dead].map(|count| count.load(Relaxed));
    let found = taken + waiting + dead;
    if !(sent..=sent + unsure).contains(&found) {
        verdict.broken(
            name,
            format!(
                "I9: {sent} sent ({unsure} more unsure), but {taken} taken + {waiting} waiting + {dead} dead = {found}"
            ),
        );
    }
    if waiting > 0 {
        verdict.broken(name, format!("{waiting} messages still wait"));
    }
}

/// Notifications, figures and projections.
pub(super) async fn all(bed: &Bed, known: &Known, now: Timestamp, verdict: &mut Verdict) -> Result<()> {
    notifications(bed, known, verdict).await?;
    figures(bed, known, now, verdict).await?;
    projections(bed, known, verdict).await
}

/// I4, and each of them sent.
async fn notifications(bed: &Bed, known: &Known, verdict: &mut Verdict) -> Result<()> {
    let tables = Tables::read(&bed.vars())?;
    let (mut told, mut unsent) = (BTreeMap::new(), 0);
    let mut from = None;
    loop {
        let page = tables.notifications(from).await?;
        for noted in page.items {
            let (Noted::Record(record) | Noted::Postponed(record)) = noted else { continue };
            unsent += usize::from(record.status != DeliveryStatus::Sent);
            let order = record.order_id.map(|order| order.get()).unwrap_or_default();
            *told.entry((record.user_id.get(), order, record.kind)).or_default() += 1;
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    differences(Queue::Notification.name(), "notifications of (user, order, kind)", &told, &known.told, verdict);
    if unsent > 0 {
        verdict.broken(Queue::Notification.name(), format!("{unsent} notifications were not sent"));
    }
    Ok(())
}

/// I8: the figures are a recount.
async fn figures(bed: &Bed, known: &Known, now: Timestamp, verdict: &mut Verdict) -> Result<()> {
    let mongo = Mongo::new(mongo::Config::read(&bed.vars())?, &bed.clock);
    let folded =
        mongo::fold(&mongo, FOLDING).await.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?;
    let name = Queue::Analytics.name();
    if !folded.finished {
        verdict.broken(name, "events are still uncounted");
    }
    let period = month(now)?;
    let shown = dashboard(period.clone(), mongo::rollups::read(&mongo, &period).await?);
    let types: BTreeMap<String, i64> = shown.events_by_type.into_iter().map(|one| (one.kind, one.count)).collect();
    differences(name, "events of a type", &types, &known.types, verdict);
    let mut users = BTreeMap::new();
    for user in known.users.keys() {
        let total = mongo::events::total_of(&mongo, domain::UserId::new(*user)).await;
        users.insert(*user, total.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?);
    }
    differences(name, "events of a user", &users, &known.users, verdict);
    let total: i64 = known.types.values().sum();
    let pairs = [
        ("events", shown.total_events, total),
        ("orders", shown.orders, known.orders),
        ("cents of revenue", shown.revenue.cents(), known.revenue_cents),
        ("reviews", shown.reviews.count, known.reviews.0),
    ];
    for (what, shown, counted) in pairs.into_iter().filter(|(_, shown, counted)| shown != counted) {
        verdict.broken(name, format!("I8: {shown} {what}, a recount says {counted}"));
    }
    Ok(())
}

/// Stock and ratings at the newest version.
async fn projections(bed: &Bed, known: &Known, verdict: &mut Verdict) -> Result<()> {
    let mut db = bed.connection("PRODUCTDB_URL").await;
    let select = "select id, stock, rating_count, rating_sum from products order by id";
    let rows: Vec<(i32, i32, i64, i64)> = sqlx::query_as(select).fetch_all(&mut *db).await?;
    let shown = rows.into_iter().map(|(id, stock, count, sum)| (id, (stock, count, sum))).collect();
    differences(Queue::Catalog.name(), "stock, ratings and stars of a product", &shown, &known.products, verdict);
    Ok(())
}

fn differences<K: Ord + Debug, V: PartialEq + Debug>(
    at: &str,
    what: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    verdict: &mut Verdict,
) {
    let keys = found.keys().chain(expected.keys().filter(|key| !found.contains_key(key)));
    let wrong: Vec<&K> = keys.filter(|key| found.get(key) != expected.get(key)).collect();
    for key in wrong.iter().take(SHOWN) {
        verdict.broken(at, format!("{what} {key:?}: found {:?}, expected {:?}", found.get(key), expected.get(key)));
    }
    if wrong.len() > SHOWN {
        verdict.broken(at, format!("{what}: {} more differ", wrong.len() - SHOWN));
    }
}
