//! Poison among valid messages, at any positions: exactly the poison is redelivered, and every user
//! is notified.

mod support;

use domain::events::{DomainEvent, EventEnvelope};
use domain::orders::OrderStatus;
use domain::{EventId, Timestamp};
use notification_worker::App;
use support::{deliver, list_notifications, message_body, notifications_client, order_status_changed, refund_issued};
use testkit::{BATCH_SIZE, TestEnv, poison_messages, poison_positions};

#[tokio::test]
async fn only_the_poison_messages_are_redelivered() {
    let test_env = TestEnv::new().await;
    let seed = test_env.clock.random() as u64;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let (reader, poisons) = (notifications_client(&test_env), poison_messages());
    let mut used = poisons.iter().cycle();
    for (round, subset) in poison_positions(seed, 25).into_iter().enumerate() {
        let ada = test_env.customer().await;
        let good = |place: usize| {
            message_body(
                &test_env,
                1,
                order_status_changed(&ada, (round * BATCH_SIZE + place) as i32 + 1, OrderStatus::Confirmed),
            )
        };
        let body = |place: usize| if subset[place] { used.next().unwrap().clone() } else { good(place) };
        let bodies: Vec<String> = (0..BATCH_SIZE).map(body).collect();
        let expected: Vec<String> =
            (0..BATCH_SIZE).filter(|place| subset[*place]).map(|place| place.to_string()).collect();
        let messages = bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1));
        assert_eq!(deliver(&app, messages).await, expected, "seed {seed}, round {round}");
        assert_eq!(
            list_notifications(&reader, &ada).await.len(),
            BATCH_SIZE - expected.len(),
            "seed {seed}, round {round}"
        );
    }
}

/// Events that can be decoded but that no shop would publish: whatever happens to them, nothing
/// panics and the others are handled.
#[tokio::test]
async fn extreme_events_block_no_others() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let ada = test_env.customer().await;
    let strange = |at: i64, payload: DomainEvent| {
        let event_id = EventId::new(test_env.clock.new_uuid());
        serde_json::to_string(&EventEnvelope { event_id, at: Timestamp::from_millis(at), request_id: None, payload })
            .unwrap()
    };
    let mut long = order_status_changed(&ada, 6, OrderStatus::Confirmed);
    if let DomainEvent::OrderStatusChanged(order) = &mut long {
        (order.total_cents, order.reason) = (i64::MIN, Some("x".repeat(100_000)));
    }
    let bodies = [
        strange(-62_135_596_800_000, order_status_changed(&ada, 1, OrderStatus::Confirmed)),
        strange(253_402_300_799_999, order_status_changed(&ada, 2, OrderStatus::Confirmed)),
        strange(0, refund_issued(&ada, 3, i64::MIN)),
        strange(0, refund_issued(&ada, 4, i64::MAX)),
        message_body(&test_env, 1, long),
    ];
    let mut messages: Vec<_> =
        bodies.into_iter().enumerate().map(|(n, body)| (format!("strange{n}"), body, 1)).collect();
    messages.push((
        "good".to_owned(),
        message_body(&test_env, 1, order_status_changed(&ada, 7, OrderStatus::Confirmed)),
        1,
    ));
    assert_eq!(deliver(&app, messages).await, [""; 0]);
    let notifications = list_notifications(&notifications_client(&test_env), &ada).await;
    assert!(notifications.iter().any(|one| one["orderId"] == 7), "{notifications:?}");
}
