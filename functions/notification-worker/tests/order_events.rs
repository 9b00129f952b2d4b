//! Events become records: one each, however they are delivered.

mod support;

use domain::ProductId;
use domain::events::{DomainEvent, FulfilmentChanged, Queue, StockChanged};
use domain::orders::{FulfilmentStatus, OrderEventLine, OrderStatus};
use futures::future::join_all;
use notification_worker::App;
use rand::seq::SliceRandom;
use serde_json::json;
use support::{
    Message, deliver, deliver_one, kinds, list_notifications, message_body, notifications_client, order_status_changed,
    refund_issued,
};
use testkit::{TestEnv, TestUser};

#[tokio::test]
async fn an_orders_notifications_are_listed_in_event_order() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    let story = [OrderStatus::Delivered, OrderStatus::Confirmed, OrderStatus::Shipped];
    let at = |status: OrderStatus| {
        [OrderStatus::Confirmed, OrderStatus::Shipped, OrderStatus::Delivered]
            .iter()
            .position(|s| *s == status)
            .unwrap()
    };
    for status in story {
        assert!(
            deliver_one(&app, &message_body(&test_env, at(status) as i64, order_status_changed(&ada, 7, status)), 1)
                .await
        );
    }
    let notifications = list_notifications(&reader, &ada).await;
    assert_eq!(kinds(&notifications), ["order_confirmed", "order_shipped", "order_delivered"]);
    let first = &notifications[0];
    assert_eq!((&first["status"], &first["channel"], &first["attempts"]), (&json!("sent"), &json!("log"), &json!(1)));
    assert_eq!((&first["orderId"], &first["subject"]), (&json!(7), &json!("Your order 7 is confirmed")));
    assert!(first["message"].as_str().unwrap().contains("1099.90"));
}

#[tokio::test]
async fn ten_shuffled_deliveries_to_two_workers_make_one_record_each() {
    let test_env = TestEnv::new().await;
    let workers = [
        App::from_env(&test_env.env(), &test_env.clock).unwrap(),
        App::from_env(&test_env.env(), &test_env.clock).unwrap(),
    ];
    let (reader, ada, bob) = (notifications_client(&test_env), test_env.customer().await, test_env.customer().await);
    let mut bodies = Vec::new();
    for order in 1..=3 {
        for (place, status) in
            [OrderStatus::Confirmed, OrderStatus::Shipped, OrderStatus::Delivered].into_iter().enumerate()
        {
            bodies.push(message_body(&test_env, place as i64, order_status_changed(&ada, order, status)));
        }
        bodies.push(message_body(&test_env, 9, refund_issued(&ada, order, 500)));
        bodies.push(message_body(&test_env, 9, order_status_changed(&bob, 100 + order, OrderStatus::Cancelled)));
    }
    let mut messages: Vec<Message> = Vec::new();
    for copy in 0..10 {
        messages.extend(bodies.iter().enumerate().map(|(n, body)| (format!("{n}-{copy}"), body.clone(), 1)));
    }
    messages.shuffle(&mut rand::rng());
    // A worker that finds another one sending the same returns its message, and gets it again.
    for _ in 0..Queue::MAX_ATTEMPTS {
        let batches = messages.chunks(10).enumerate();
        let failed = join_all(batches.map(|(n, batch)| deliver(&workers[n % 2], batch.to_vec()))).await.concat();
        messages.retain(|(id, ..)| failed.contains(id));
    }
    assert_eq!(messages, []);
    let (ada, bob) = (list_notifications(&reader, &ada).await, list_notifications(&reader, &bob).await);
    assert_eq!((ada.len(), bob.len()), (12, 3));
    assert!(ada.iter().chain(&bob).all(|one| one["status"] == "sent"));
}

#[tokio::test]
async fn two_workers_with_one_message_make_one_record() {
    let test_env = TestEnv::new().await;
    let workers = [
        App::from_env(&test_env.env(), &test_env.clock).unwrap(),
        App::from_env(&test_env.env(), &test_env.clock).unwrap(),
    ];
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    for order in 1..=20 {
        let body = message_body(&test_env, 1, order_status_changed(&ada, order, OrderStatus::Confirmed));
        let (a, b) = tokio::join!(deliver_one(&workers[0], &body, 1), deliver_one(&workers[1], &body, 1));
        assert!(a || b);
        assert!(deliver_one(&workers[0], &body, 2).await && deliver_one(&workers[1], &body, 2).await);
    }
    assert_eq!(list_notifications(&reader, &ada).await.len(), 20);
}

#[tokio::test]
async fn a_repeated_status_is_not_notified_again_but_every_refund_is() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    for (at, event) in [
        (1, order_status_changed(&ada, 7, OrderStatus::PaymentFailed)),
        (2, order_status_changed(&ada, 7, OrderStatus::PaymentFailed)),
        (3, refund_issued(&ada, 7, 500)),
        (4, refund_issued(&ada, 7, 500)),
    ] {
        assert!(deliver_one(&app, &message_body(&test_env, at, event), 1).await);
    }
    assert_eq!(
        kinds(&list_notifications(&reader, &ada).await),
        ["order_payment_failed", "payment_refunded", "payment_refunded"]
    );
}

#[tokio::test]
async fn events_without_a_notification_are_acknowledged() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    let stock = DomainEvent::StockChanged(StockChanged { product_id: ProductId::new(1), available: 1, version: 1 });
    assert!(deliver_one(&app, &message_body(&test_env, 1, stock), 1).await);
    assert!(
        deliver_one(&app, &message_body(&test_env, 1, order_status_changed(&ada, 7, OrderStatus::Pending)), 1).await
    );
    assert!(list_notifications(&reader, &ada).await.is_empty());
}

#[tokio::test]
async fn only_invalid_messages_are_redelivered() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    let good = |order| message_body(&test_env, 1, order_status_changed(&ada, order, OrderStatus::Confirmed));
    let bad = [
        String::new(),
        "{}".to_owned(),
        "no event".to_owned(),
        good(9).replace("order.status", "order.unknown"),
        good(9).replace("\"orderId\":9", "\"orderId\":0"),
        good(9).replace("\"eventId\":\"", "\"eventId\":\"x"),
    ];
    let mut messages: Vec<Message> =
        bad.iter().enumerate().map(|(n, body)| (format!("bad{n}"), body.clone(), 1)).collect();
    messages.insert(2, ("good1".to_owned(), good(1), 1));
    messages.push(("good2".to_owned(), good(2), 1));
    assert_eq!(deliver(&app, messages).await, ["bad0", "bad1", "bad2", "bad3", "bad4", "bad5"]);
    assert_eq!(list_notifications(&reader, &ada).await.len(), 2);
}

#[tokio::test]
async fn without_its_table_every_message_is_redelivered() {
    let test_env = TestEnv::new().await;
    let ada = test_env.customer().await;
    let away =
        App::from_env(&test_env.env_with(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]), &test_env.clock)
            .unwrap();
    let body = message_body(&test_env, 1, order_status_changed(&ada, 7, OrderStatus::Confirmed));
    assert!(!deliver_one(&away, &body, 1).await);
    assert!(list_notifications(&notifications_client(&test_env), &ada).await.is_empty());
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    assert!(deliver_one(&app, &body, 2).await);
    assert_eq!(list_notifications(&notifications_client(&test_env), &ada).await.len(), 1);
}

fn shipment(person: &TestUser, status: OrderStatus, of: FulfilmentStatus, number: &str) -> DomainEvent {
    let mut event = order_status_changed(person, 7, status);
    if let DomainEvent::OrderStatusChanged(order) = &mut event {
        order.fulfilment = Some(Box::new(FulfilmentChanged {
            status: of,
            items: vec![OrderEventLine {
                product_id: ProductId::new(1),
                name: "Stoneware mug".to_owned(),
                quantity: 2,
                price_cents: 100,
            }],
            carrier: Some("DHL".to_owned()),
            tracking_number: Some(number.to_owned()),
            tracking_url: Some(format!("https://track.example/{number}")),
        }));
    }
    event
}

#[tokio::test]
async fn each_shipment_of_a_part_is_notified_once_with_its_lines_and_its_link() {
    use FulfilmentStatus::{Delivered, Shipped};
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
    for (at, event) in [
        (1, shipment(&ada, OrderStatus::PartiallyShipped, Shipped, "0001")),
        (2, shipment(&ada, OrderStatus::PartiallyShipped, Shipped, "0002")),
        (3, shipment(&ada, OrderStatus::PartiallyShipped, Delivered, "0001")),
        (4, shipment(&ada, OrderStatus::Shipped, Shipped, "0003")),
        (5, shipment(&ada, OrderStatus::Delivered, Delivered, "0003")),
    ] {
        let body = message_body(&test_env, at, event);
        assert!(deliver_one(&app, &body, 1).await && deliver_one(&app, &body, 2).await);
    }
    let told = list_notifications(&reader, &ada).await;
    let expected = [
        "order_partially_shipped",
        "order_partially_shipped",
        "order_partially_delivered",
        "order_shipped",
        "order_delivered",
    ];
    assert_eq!(kinds(&told), expected);
    assert!(told.iter().all(|one| one["status"] == "sent"));
    let second = told[1]["message"].as_str().unwrap();
    for fact in ["2 × Stoneware mug", "DHL", "0002", "https://track.example/0002"] {
        assert!(second.contains(fact), "{second}");
    }
}
