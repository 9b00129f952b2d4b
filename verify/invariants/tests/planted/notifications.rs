//! I3, I4, I6, I9 and I5: unfinished work, notifications, and responses to clients.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::events::Queue;
use domain::{Money, NotificationId, OrderId, UserId};
use invariants::Invariant::{Acknowledgements, Completion, Notifications, Outbox, Queues};
use invariants::history::{Acknowledged, OrderOutcome};

use crate::expect_violations;
use crate::shop::Shop;

const ORDERS: &str = "ORDERDB_URL";

/// The record of an order's notification, and its key in the table.
async fn find_notification(shop: &Shop, order: OrderId) -> std::collections::HashMap<String, AttributeValue> {
    let (client, table) = shop.table("NOTIFICATIONS_TABLE").await;
    let user = AttributeValue::S(format!("user#{}", shop.ada.id));
    let query = client.query().table_name(table).key_condition_expression("pk = :pk");
    let all = Box::pin(query.expression_attribute_values(":pk", user).send()).await.unwrap().items.unwrap();
    let of_order = AttributeValue::N(order.to_string());
    all.into_iter().find(|item| item.get("orderId") == Some(&of_order)).unwrap()
}

#[tokio::test]
async fn duplicate_and_missing_notifications_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (untold, twice, wrongly) = (shop.buy(&[(tea, 1)]).await, shop.buy(&[(tea, 1)]).await, OrderId::new(900_001));
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    let (client, table) = shop.table("NOTIFICATIONS_TABLE").await;

    let mut gone = find_notification(&shop, untold).await;
    gone.retain(|name, _| name == "pk" || name == "sk");
    Box::pin(client.delete_item().table_name(&table).set_key(Some(gone)).send()).await.unwrap();
    expect_violations(
        &shop,
        &mut report,
        "a lost notification",
        Notifications,
        &[&format!("order {untold} and `order_confirmed`")],
    )
    .await;

    let mut again = find_notification(&shop, twice).await;
    let id = NotificationId::generate_at(shop.env.clock.now().millis(), shop.env.clock.random()).to_string();
    again.extend(["sk", "id"].map(|name| (name.to_owned(), AttributeValue::S(id.clone()))));
    Box::pin(client.put_item().table_name(&table).set_item(Some(again.clone())).send()).await.unwrap();
    expect_violations(&shop, &mut report, "a notification sent twice", Notifications, &[&format!("order {twice}")])
        .await;

    again.insert("orderId".to_owned(), AttributeValue::N(wrongly.to_string()));
    again.insert("subject".to_owned(), AttributeValue::S(format!("Your order {wrongly} is confirmed")));
    let other = NotificationId::generate_at(0, shop.env.clock.random()).to_string();
    again.extend(["sk", "id"].map(|name| (name.to_owned(), AttributeValue::S(other.clone()))));
    Box::pin(client.put_item().table_name(&table).set_item(Some(again)).send()).await.unwrap();
    expect_violations(
        &shop,
        &mut report,
        "a notification of an order that was rolled back",
        Notifications,
        &[&format!("order {wrongly}")],
    )
    .await;
}

#[tokio::test]
async fn a_notification_without_its_digest_marker_is_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let order = shop.buy(&[(tea, 1)]).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    let (client, table) = shop.table("NOTIFICATIONS_TABLE").await;

    // As `store-dynamo` defers a record to a digest, but without the marker.
    let mut waits = find_notification(&shop, order).await;
    let id = waits["id"].as_s().unwrap().clone();
    let long_ago = AttributeValue::N((shop.env.clock.now().millis() - 30 * 3_600_000).to_string());
    waits.insert("status".to_owned(), AttributeValue::S("queued".to_owned()));
    waits.insert("waitsSince".to_owned(), long_ago.clone());
    Box::pin(client.put_item().table_name(&table).set_item(Some(waits.clone())).send()).await.unwrap();
    expect_violations(
        &shop,
        &mut report,
        "a record that no digest finds",
        Notifications,
        &[&format!("notification {id}")],
    )
    .await;

    let text = |text: String| AttributeValue::S(text);
    let marker = [
        ("pk", text("waiting".to_owned())),
        ("sk", text(format!("{}#{id}", shop.ada.id))),
        ("notificationId", text(id.clone())),
        ("userId", waits["userId"].clone()),
        ("subject", waits["subject"].clone()),
        ("createdAt", waits["createdAt"].clone()),
        ("waitsSince", long_ago.clone()),
        ("notBefore", long_ago),
    ];
    let marker = marker.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Box::pin(client.put_item().table_name(&table).set_item(Some(marker)).send()).await.unwrap();
    expect_violations(&shop, &mut report, "a digest that is late", Notifications, &[&format!("notification {id}")])
        .await;
}

#[tokio::test]
async fn unfinished_work_in_a_quiescent_shop_is_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (stuck, refunding) = (shop.buy(&[(tea, 1)]).await, shop.buy(&[(tea, 1)]).await);
    shop.buy(&[(tea, 1)]).await;
    let (review, _) = (shop.review(tea, 5).await, shop.track("product.view").await);
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    shop.sql(ORDERS, &format!("update orders set step = 'cancel' where id = {stuck}")).await;
    expect_violations(&shop, &mut report, "a cancellation that never ends", Completion, &[&format!("order {stuck}")])
        .await;

    let (refund, payment) = (shop.env.clock.new_uuid(), shop.payment(refunding).await);
    let intended = format!(
        "insert into refunds (id, order_id, payment_id, amount, created_at)
         values ('{refund}', {refunding}, '{payment}', 1.00, now())"
    );
    shop.sql(ORDERS, &intended).await;
    expect_violations(&shop, &mut report, "a refund that never ends", Completion, &[&format!("refund {refund}")]).await;

    let newest = "select event_id::text from outbox order by id desc limit 1";
    for database in [ORDERS, "INVENTORYDB_URL", "PRODUCTDB_URL"] {
        let event = shop.query_text(database, newest).await;
        shop.sql(database, &format!("update outbox set sent_at = null where event_id = '{event}'")).await;
        expect_violations(&shop, &mut report, "an unsent event", Outbox, &[&format!("event {event}")]).await;
    }
    let outbox = shop.documents("reviewdb", "outbox").await;
    let unsent = mongodb::bson::doc! { "$set": { "sent": false }, "$unset": { "sentAt": "" } };
    let about_review = mongodb::bson::doc! { "body": { "$regex": review.as_str() } };
    assert_eq!(outbox.update_one(about_review, unsent).await.unwrap().modified_count, 1);
    expect_violations(&shop, &mut report, "an unsent event of a review", Outbox, &["review.created"]).await;

    let pending = shop.env.clock.new_uuid();
    let body = serde_json::json!({
        "eventId": pending, "at": shop.env.clock.now(), "type": "review.changed",
        "data": {
            "change": "updated", "reviewId": review, "productId": tea, "userId": shop.ada.id,
            "rating": 5, "previousRating": 5,
        },
    });
    let event = mongodb::bson::doc! {
        "id": mongodb::bson::Uuid::from_bytes(pending.into_bytes()), "body": body.to_string(),
    };
    let never_completed = mongodb::bson::doc! {
        "$set": { "pending": [event], "pendingSince": mongodb::bson::DateTime::from_millis(1) },
    };
    let (reviews, id) = (shop.documents("reviewdb", "reviews").await, review.as_str());
    let one = mongodb::bson::doc! { "_id": id.parse::<mongodb::bson::oid::ObjectId>().unwrap() };
    assert_eq!(reviews.update_one(one, never_completed).await.unwrap().modified_count, 1);
    let about = format!("event {pending} (review.updated)");
    expect_violations(&shop, &mut report, "a change of a review that is never completed", Outbox, &[&about]).await;

    let lost = shop.env.clock.new_uuid();
    let never_taken = format!(
        "insert into outbox (event_id, body, sent_at)
         select '{lost}', replace(body, event_id::text, '{lost}'), now() from outbox where sent_at is not null limit 1"
    );
    assert_eq!(shop.sql(ORDERS, &never_taken).await, 1);
    expect_violations(
        &shop,
        &mut report,
        "an event that analytics never processed",
        Outbox,
        &[&format!("event {lost}")],
    )
    .await;

    let newer = shop.env.clock.new_uuid();
    let never_shown = format!(
        "insert into outbox (event_id, body, sent_at)
         select '{newer}', regexp_replace(replace(body, event_id::text, '{newer}'), '\"version\" ?: ?\\d+', '\"version\":999'),
             now() from outbox where sent_at is not null limit 1"
    );
    assert_eq!(shop.sql("INVENTORYDB_URL", &never_shown).await, 1);
    let about = format!("event {newer} of product {tea}");
    expect_violations(&shop, &mut report, "an event that the catalog never processed", Outbox, &[&about]).await;

    let written = shop
        .query_text(ORDERS, "select event_id::text from outbox where sent_at is not null order by id limit 1")
        .await;
    assert_eq!(shop.sql(ORDERS, &format!("delete from outbox where event_id = '{written}'")).await, 1);
    expect_violations(
        &shop,
        &mut report,
        "an event that was published and not written",
        Outbox,
        &[&format!("event {written}")],
    )
    .await;

    shop.send(Queue::Notification, "{}").await;
    expect_violations(&shop, &mut report, "a message that waits", Queues, &["the notification queue"]).await;
}

#[tokio::test]
async fn acknowledgements_that_do_not_hold_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (forgotten, changed) = (shop.buy_with_key(&[(tea, 1)], "a").await, shop.buy_with_key(&[(tea, 2)], "b").await);
    let declined = shop.buy_declined(&[(tea, 1)]).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let silent = "update idempotency_keys set outcome = null where key = 'a'";
    assert_eq!(shop.sql(ORDERS, silent).await, 1);
    expect_violations(&shop, &mut report, "a key that forgot its order", Acknowledgements, &["key `a`"]).await;
    let other = "update idempotency_keys set outcome = replace(outcome, '25.98', '25.99') where key = 'b'";
    assert_eq!(shop.sql(ORDERS, other).await, 1);
    expect_violations(&shop, &mut report, "a key whose outcome has another total", Acknowledgements, &["key `b`"])
        .await;
    shop.sql(ORDERS, "delete from idempotency_keys where key = 'a'").await;
    expect_violations(&shop, &mut report, "a key that was lost", Acknowledgements, &["key `a`"]).await;

    let user_id = shop.ada.id;
    let order = |order_id: OrderId, total: i64, status: OrderOutcome, key: Option<&str>| {
        let (total, key) = (Money::from_cents(total), key.map(str::to_owned));
        let items = vec![invariants::history::OrderedItem { product_id: tea, quantity: 1 }];
        Acknowledged::Order { order_id, user_id, total, status, items, key }
    };
    let (nobody, uuid) = (OrderId::new(900_001), shop.env.clock.new_uuid());
    let payment_id = domain::PaymentId::for_order(forgotten, uuid);
    let amount = Money::from_cents(1299);
    let review_id: domain::ReviewId = "0123456789abcdef01234567".parse().unwrap();
    for (acknowledged, about) in [
        (order(nobody, 1299, OrderOutcome::Confirmed, None), format!("order {nobody}")),
        (order(forgotten, 1298, OrderOutcome::Confirmed, None), format!("order {forgotten}")),
        (order(changed, 2598, OrderOutcome::Confirmed, None), format!("order {changed}")),
        (order(declined, 1299, OrderOutcome::Confirmed, None), format!("order {declined}")),
        (order(forgotten, 1299, OrderOutcome::Confirmed, Some("b")), "key `b`".to_owned()),
        (Acknowledged::Signup { user_id: UserId::new(900_001) }, "user 900001".to_owned()),
        (Acknowledged::Cancel { order_id: forgotten }, format!("order {forgotten}")),
        (Acknowledged::Payment { payment_id, order_id: forgotten, amount }, format!("payment {payment_id}")),
        (Acknowledged::Refund { payment_id, refund_id: "r".to_owned(), amount }, "refund r".to_owned()),
        (
            Acknowledged::Review { review_id, product_id: tea, user_id, rating: 5 },
            "review 0123456789abcdef01234567".to_owned(),
        ),
        (Acknowledged::Event { event_id: domain::EventId::new(uuid) }, format!("event {uuid}")),
        (Acknowledged::Stock { product_id: tea, quantity: 77 }, format!("product {tea}")),
    ] {
        let what = format!("{acknowledged:?}");
        shop.acknowledged.push(acknowledged);
        expect_violations(&shop, &mut report, &what, Acknowledgements, &[&about]).await;
        shop.acknowledged.pop();
        report = shop.check().await;
    }
}
