//! A customer's notifications, in DynamoDB.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{NotificationId, PageSize, UserId};
use futures::{StreamExt, TryStreamExt, stream};
use runtime::{Clock, Env};
use store_dynamo::notifications::Lease;
use store_dynamo::{Config, Dynamo, Notifications, provision};

use super::Args;
use super::costs::{median_millis, print_flushed, ratio};

/// Items of one batch, as DynamoDB accepts it.
const BATCH: u32 = 25;
const BATCHES_AT_ONCE: usize = 4;
const BATCH_TIMEOUT: Duration = Duration::from_secs(30);
/// The customer with few, and the one with many.
const CUSTOMERS: [i32; 2] = [1, 2];

pub(super) async fn run(env: &Env, args: &Args) -> Result<()> {
    let dynamo = Dynamo::new(Config::from_env(env)?);
    let prefix = format!("growth{}_", std::process::id());
    provision::create_tables(dynamo.client().await, &prefix).await.map_err(anyhow::Error::msg)?;
    let table = format!("{prefix}notifications");
    let notifications = Notifications::new(dynamo.clone(), table.clone());
    let sizes = [args.small, args.notifications];
    for (customer, size) in CUSTOMERS.into_iter().zip(sizes) {
        fill(&dynamo, &table, &notifications, UserId::new(customer), size).await?;
    }
    print_flushed(&format!("\nNotifications of a customer with {} and of one with {}\n", sizes[0], sizes[1]));
    print_flushed("list                              small ms   large ms    ratio\n");
    let mut first = Vec::new();
    for page in [1, 50] {
        let mut times = Vec::new();
        for customer in CUSTOMERS.map(UserId::new) {
            let after = cursor_of(&notifications, customer, page).await?;
            let list =
                async || notifications.list_of_user(customer, page_size(), after).await.map(drop).map_err(problem);
            times.push(median_millis(args.rounds * 4, list).await?);
        }
        print_flushed(&format!(
            "page {page:<28} {:>8.2} {:>10.2} {:>8}\n",
            times[0],
            times[1],
            ratio(times[1], times[0])
        ));
        first.push(times[1]);
    }
    print_flushed(&format!("page 50 / page 1, large {:>39}\n", ratio(first[1], first[0])));
    for (_, table) in provision::tables(&prefix) {
        dynamo.client().await.delete_table().table_name(table).send().await?;
    }
    Ok(())
}

/// After which notification a page starts.
async fn cursor_of(store: &Notifications, customer: UserId, page: u32) -> Result<Option<NotificationId>> {
    let mut after = None;
    for _ in 1..page {
        let read = store.list_of_user(customer, page_size(), after).await.map_err(problem)?;
        after = Some(read.rows().last().context("fewer than 50 pages")?.id);
    }
    Ok(after)
}

/// Writes one notification as the shop does, and copies its item under other ids.
async fn fill(dynamo: &Dynamo, table: &str, store: &Notifications, customer: UserId, size: u32) -> Result<()> {
    let client = dynamo.client().await;
    let original = notification(customer, id(0)?);
    let lease = Lease { from: original.created_at, until: original.created_at };
    store.insert_once(&original, "growth", lease).await?;
    let key = [("pk", format!("user#{customer}")), ("sk", original.id.to_string())];
    let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).into_iter().collect();
    let item = client.get_item().table_name(table).set_key(Some(key)).send().await?.item.context("the notification")?;
    let batch = |first: u32| {
        let item = &item;
        async move {
            let ids = (first..size.min(first + BATCH)).map(id);
            let puts = ids.map(|id| Ok(WriteRequest::builder().put_request(copy(item, id?)?).build()));
            let puts = puts.collect::<Result<Vec<_>>>()?;
            // A request's limit of half a second is not meant for 25 writes at once.
            let timeouts = TimeoutConfig::builder().operation_attempt_timeout(BATCH_TIMEOUT).build();
            let write = client.batch_write_item().request_items(table, puts).customize();
            let written = write.config_override(Builder::new().timeout_config(timeouts)).send().await?;
            anyhow::ensure!(written.unprocessed_items.is_none_or(|left| left.is_empty()), "items were not written");
            Ok(())
        }
    };
    stream::iter((1..size).step_by(BATCH as usize)).map(batch).buffer_unordered(BATCHES_AT_ONCE).try_collect().await
}

fn copy(item: &HashMap<String, AttributeValue>, id: NotificationId) -> Result<PutRequest> {
    let mut item = item.clone();
    for name in ["sk", "id"] {
        item.insert(name.to_owned(), AttributeValue::S(id.to_string()));
    }
    Ok(PutRequest::builder().set_item(Some(item)).build()?)
}

/// A UUID of version 7, one for each millisecond.
fn id(number: u32) -> Result<NotificationId> {
    Ok(format!("0197a1b2-{:04x}-7000-8000-{number:012x}", number / 0x1_0000).parse()?)
}

fn notification(user_id: UserId, id: NotificationId) -> Notification {
    Notification {
        id,
        user_id,
        kind: "order_confirmed".to_owned(),
        channel: Channel::Log,
        subject: "Your order is confirmed".to_owned(),
        message: "Thank you for your order. We will tell you when it is on its way.".to_owned(),
        order_id: Some(domain::OrderId::new(user_id.get())),
        status: DeliveryStatus::Sent,
        attempts: 1,
        // What is older than half a year expires.
        created_at: Clock::system().now(),
        sent_at: None,
        read_at: None,
        facts: None,
    }
}

fn problem(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem:?}")
}

fn page_size() -> PageSize {
    PageSize::new(20).unwrap_or_default()
}
