//! Compares the final state with the expected one.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use dead_letters::{DeadLetterQueue, DeadLetterScan};
use domain::Timestamp;
use domain::analytics::build_dashboard;
use domain::events::Queue;
use domain::notifications::DeliveryStatus;
use store_dynamo::reconcile::{NotificationItem, TableReader};
use store_mongo::Mongo;
use testkit::TestEnv;

use super::counts::{DeliveryCounts, QueueCounts, increment};
use super::expected_state::ExpectedState;
use super::generated_events::GeneratedEvents;
use crate::violations::Violations;

/// How many differences of one kind are shown.
const MAX_SHOWN: usize = 5;
/// How long stored events may take to be counted.
const AGGREGATION_TIMEOUT: Duration = Duration::from_secs(120);

/// The number of messages in a queue, by its own count.
pub(super) async fn count_waiting(client: &Client, url: &str) -> Result<usize> {
    use QueueAttributeName::{
        ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
    };
    let names =
        [ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible];
    let request = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let response = Box::pin(request.send()).await.map_err(|e| anyhow::anyhow!("{}", DisplayErrorContext(&e)))?;
    let counts = response.attributes.context("SQS returned no counts")?;
    Ok(names.iter().filter_map(|name| counts.get(name)?.parse::<usize>().ok()).sum())
}

/// The dead letters are the poison, each as often as it was sent; and I9: every message sent was
/// consumed, waits, or is a dead letter.
pub(super) async fn check_dead_letters(
    client: &Client,
    places: &[DeadLetterQueue],
    events: &GeneratedEvents,
    tally: &DeliveryCounts,
    verdict: &mut Violations,
) -> Result<()> {
    for place in places {
        let name = place.queue.name();
        let mut dead: BTreeMap<String, usize> = BTreeMap::new();
        let mut walk = DeadLetterScan::new(client, place);
        loop {
            let messages = walk.next_batch().await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                *dead.entry(message.body.unwrap_or_default()).or_default() += 1;
            }
        }
        let poison = events.poison.iter().filter(|(queue, _)| *queue == place.queue).map(|(_, body)| body);
        let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
        for body in poison {
            *lacking.entry(body).or_default() += 1;
        }
        for (body, sent) in &lacking {
            // Some were sent twice.
            let found = dead.get(*body).copied().unwrap_or_default();
            if !(*sent..=2 * sent).contains(&found) {
                verdict.add(
                    name,
                    format!("{found} dead letters of a poison that was sent {sent} to {} times: {body:.80}", 2 * sent),
                );
            }
        }
        for body in dead.keys().filter(|body| !lacking.contains_key(body.as_str())).take(MAX_SHOWN) {
            verdict.add(name, format!("a valid message is in the dead-letter queue: {body}"));
        }
        let counts = tally.for_queue(place.queue);
        increment(&counts.dead_letters, dead.values().sum());
        check_balance(name, counts, count_waiting(client, &place.queue_url).await?, verdict);
    }
    Ok(())
}

fn check_balance(name: &str, counts: &QueueCounts, waiting: usize, verdict: &mut Violations) {
    let [sent, unsure, taken, dead] =
        [&counts.sent, &counts.unconfirmed, &counts.consumed, &counts.dead_letters].map(|count| count.load(Relaxed));
    let found = taken + waiting + dead;
    if !(sent..=sent + unsure).contains(&found) {
        verdict.add(
            name,
            format!(
                "I9: {sent} sent ({unsure} more unsure), but {taken} taken + {waiting} waiting + {dead} dead = {found}"
            ),
        );
    }
    if waiting > 0 {
        verdict.add(name, format!("{waiting} messages still wait"));
    }
}

/// Notifications, totals and projections.
pub(super) async fn check_stores(
    test_env: &TestEnv,
    known: &ExpectedState,
    now: Timestamp,
    verdict: &mut Violations,
) -> Result<()> {
    check_notifications(test_env, known, verdict).await?;
    check_rollups(test_env, known, now, verdict).await?;
    check_projections(test_env, known, verdict).await
}

/// I4, and each of them sent.
async fn check_notifications(test_env: &TestEnv, known: &ExpectedState, verdict: &mut Violations) -> Result<()> {
    let tables = TableReader::from_env(&test_env.env())?;
    let (mut notified, mut unsent) = (BTreeMap::new(), 0);
    let mut from = None;
    loop {
        let page = tables.notifications(from).await?;
        for noted in page.items {
            let (NotificationItem::Record(record) | NotificationItem::Deferred(record)) = noted else { continue };
            unsent += usize::from(record.status != DeliveryStatus::Sent);
            let order = record.order_id.map(|order| order.get()).unwrap_or_default();
            *notified.entry((record.user_id.get(), order, record.kind)).or_default() += 1;
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    report_differences(
        Queue::Notification.name(),
        "notifications of (user, order, kind)",
        &notified,
        &known.notifications,
        verdict,
    );
    if unsent > 0 {
        verdict.add(Queue::Notification.name(), format!("{unsent} notifications were not sent"));
    }
    Ok(())
}

/// I8: the rollups equal a recount.
async fn check_rollups(
    test_env: &TestEnv,
    known: &ExpectedState,
    now: Timestamp,
    verdict: &mut Violations,
) -> Result<()> {
    let mongo = Mongo::new(store_mongo::Config::from_env(&test_env.env())?, &test_env.clock);
    let folded = store_mongo::aggregate_pending(&mongo, AGGREGATION_TIMEOUT)
        .await
        .map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?;
    let name = Queue::Analytics.name();
    if !folded.finished {
        verdict.add(name, "events are still uncounted");
    }
    let period = last_month(now)?;
    let shown = build_dashboard(period.clone(), store_mongo::rollups::load_totals(&mongo, &period).await?);
    let types: BTreeMap<String, i64> = shown.events_by_type.into_iter().map(|one| (one.kind, one.count)).collect();
    report_differences(name, "events of a type", &types, &known.events_by_type, verdict);
    let mut users = BTreeMap::new();
    for user in known.events_by_user.keys() {
        let total = store_mongo::events::count_of_user(&mongo, domain::UserId::new(*user)).await;
        users.insert(*user, total.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?);
    }
    report_differences(name, "events of a user", &users, &known.events_by_user, verdict);
    let total: i64 = known.events_by_type.values().sum();
    let pairs = [
        ("events", shown.total_events, total),
        ("orders", shown.orders, known.orders),
        ("cents of revenue", shown.revenue.cents(), known.revenue_cents),
        ("reviews", shown.reviews.count, known.reviews.0),
    ];
    for (what, shown, counted) in pairs.into_iter().filter(|(_, shown, counted)| shown != counted) {
        verdict.add(name, format!("I8: {shown} {what}, but a recount gives {counted}"));
    }
    Ok(())
}

/// Stock and ratings at the newest version.
async fn check_projections(test_env: &TestEnv, known: &ExpectedState, verdict: &mut Violations) -> Result<()> {
    let mut db = test_env.connection("PRODUCTDB_URL").await;
    let select = "select id, stock, rating_count, rating_sum from products order by id";
    let rows: Vec<(i32, i32, i64, i64)> = sqlx::query_as(select).fetch_all(&mut *db).await?;
    let shown = rows.into_iter().map(|(id, stock, count, sum)| (id, (stock, count, sum))).collect();
    report_differences(
        Queue::Catalog.name(),
        "stock, ratings and stars of a product",
        &shown,
        &known.products,
        verdict,
    );
    Ok(())
}

fn report_differences<K: Ord + Debug, V: PartialEq + Debug>(
    at: &str,
    what: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    verdict: &mut Violations,
) {
    let keys = found.keys().chain(expected.keys().filter(|key| !found.contains_key(key)));
    let wrong: Vec<&K> = keys.filter(|key| found.get(key) != expected.get(key)).collect();
    for key in wrong.iter().take(MAX_SHOWN) {
        verdict.add(at, format!("{what} {key:?}: found {:?}, expected {:?}", found.get(key), expected.get(key)));
    }
    if wrong.len() > MAX_SHOWN {
        verdict.add(at, format!("{what}: {} more differ", wrong.len() - MAX_SHOWN));
    }
}

/// The days on which events may have occurred.
fn last_month(now: Timestamp) -> Result<domain::analytics::Period> {
    let days: domain::analytics::Days = serde_json::from_str("30")?;
    Ok(days.period_until(now))
}
