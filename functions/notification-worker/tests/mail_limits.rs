//! Many mails to one account: a limited number by themselves, the rest in one digest, none lost and
//! none twice, whatever crashes.

mod support;

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::orders::OrderStatus;
use notification_worker::App;
use runtime::Clock;
use serde_json::{Value, json};
use support::ses::{FakeSes, SesMode};
use support::{deliver_one, list_notifications, message_body, notifications_client, order_status_changed};
use testkit::{LogCapture, TestClient, TestEnv, TestUser};

/// The number of mails in an hour.
const HOUR: i64 = 3600;

struct Harness {
    test_env: TestEnv,
    ses: FakeSes,
    /// Stopped at the beginning of an hour and of a day.
    clock: Clock,
    worker: App,
    recovery: recovery::App,
    reader: TestClient,
    ada: TestUser,
}

impl Harness {
    async fn new() -> Self {
        let (test_env, ses) = (TestEnv::new().await, FakeSes::start().await);
        let env = test_env.env_with(&[("SES_SENDER", "shop@example.org"), ("AWS_ENDPOINT_URL_SESV2", &ses.url)]);
        let day = 24 * HOUR * 1000;
        let clock = Clock::stopped(Timestamp::from_millis(test_env.clock.now().millis() / day * day));
        let (worker, recovery) = (App::from_env(&env, &clock).unwrap(), recovery::App::from_env(&env, &clock).unwrap());
        let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
        Self { test_env, ses, clock, worker, recovery, reader, ada }
    }

    /// Cancels these orders, one after another; whether the worker acknowledged all of them.
    async fn cancel(&self, orders: std::ops::RangeInclusive<i32>) -> bool {
        let mut done = true;
        for order in orders {
            let body = message_body(
                &self.test_env,
                order.into(),
                order_status_changed(&self.ada, order, OrderStatus::Cancelled),
            );
            done &= deliver_one(&self.worker, &body, 1).await;
        }
        done
    }

    /// Two concurrent runs, as if one is slow and the schedule starts another; the number of mails
    /// sent.
    async fn recover(&self) -> usize {
        let (a, b) = tokio::join!(recovery::run(&self.recovery), recovery::run(&self.recovery));
        a.unwrap().notifications + b.unwrap().notifications
    }

    /// Runs recovery, and ends it as soon as SES has received this many mails.
    async fn recover_and_die(&self, heard: usize) {
        tokio::select! {
            done = recovery::run(&self.recovery) => panic!("it should have crashed: {done:?}"),
            () = self.ses.wait_for_requests(heard) => {}
        }
    }

    /// How many records have each status.
    async fn records(&self) -> BTreeMap<String, usize> {
        let mut by_status = BTreeMap::new();
        for one in list_notifications(&self.reader, &self.ada).await {
            *by_status.entry(one["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        by_status
    }

    fn mails(&self) -> usize {
        self.ses.accepted().len()
    }

    fn last_mail(&self) -> (String, String) {
        let last = self.ses.accepted().pop().unwrap();
        let text = |part: &Value| part["Data"].as_str().unwrap().to_owned();
        let simple = &last["Content"]["Simple"];
        (text(&simple["Subject"]), text(&simple["Body"]["Text"]))
    }
}

fn records<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(status, many)| (status.to_owned(), many)).collect()
}

#[tokio::test]
async fn thirty_one_cancellations_are_ten_mails_and_one_digest() {
    let stage = Harness::new().await;
    let logs = LogCapture::start();
    assert!(stage.cancel(1..=31).await, "what waits for the digest has left the queue");
    assert_eq!(stage.mails(), 10);
    let told_of = logs.security_events();
    let limited = json!({"security.event": "limit_hit", "user.id": stage.ada.id.to_string()});
    let is_limited = |line: &Value| limited.as_object().unwrap().iter().all(|(name, value)| line[name] == *value);
    assert!(told_of.len() == 21 && told_of.iter().all(is_limited), "{told_of:?}");
    assert!(!logs.text().contains(&stage.ada.name), "nothing personal");
    assert_eq!(stage.records().await, records([("sent", 10), ("queued", 21)]), "all are in the account at once");
    stage.clock.advance(HOUR - 1);
    assert_eq!((stage.recover().await, stage.mails()), (0, 10), "not within the hour");
    // Redelivered, as SQS may do: no waiting record is sent by itself.
    assert!(stage.cancel(20..=31).await);
    assert_eq!(stage.mails(), 10);

    stage.clock.advance(1);
    assert_eq!((stage.recover().await, stage.mails()), (1, 11));
    let (subject, text) = stage.last_mail();
    assert_eq!(subject, "21 messages from the shop");
    for order in 11..=31 {
        assert_eq!(text.matches(&format!("Your order {order} has been cancelled")).count(), 1, "{text}");
    }
    let html = stage.ses.accepted().pop().unwrap()["Content"]["Simple"]["Body"]["Html"]["Data"].to_string();
    assert!(html.contains(">21 messages from the shop</h1>") && html.contains("- Your order 31 has been"), "{html}");
    assert_eq!(stage.records().await, records([("sent", 31)]));
    for record in list_notifications(&stage.reader, &stage.ada).await {
        assert_eq!((&record["channel"], &record["attempts"]), (&json!("email"), &json!(1)), "{record}");
        assert!(record["sentAt"].is_string());
    }

    assert!(stage.cancel(32..=32).await);
    assert_eq!(stage.mails(), 12, "the new hour has room");
    assert!(stage.cancel(1..=32).await);
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (0, 12), "nothing waits any more");
}

#[tokio::test]
async fn thirty_mails_a_day_and_then_digests() {
    let stage = Harness::new().await;
    for hour in 0..4 {
        assert!(stage.cancel(hour * 10 + 1..=hour * 10 + 10).await);
        stage.clock.advance(HOUR);
    }
    assert_eq!((stage.mails(), stage.records().await), (30, records([("sent", 30), ("queued", 10)])));
    assert_eq!((stage.recover().await, stage.mails()), (1, 31));
    assert!(stage.cancel(41..=41).await);
    assert_eq!((stage.recover().await, stage.mails()), (0, 31), "one digest an hour");
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (1, 32));
    stage.clock.advance(24 * HOUR);
    assert!(stage.cancel(42..=42).await);
    assert_eq!((stage.mails(), stage.records().await), (33, records([("sent", 42)])));
}

/// One user's excess mails do not delay those of others.
#[tokio::test]
async fn a_mail_limit_is_per_account() {
    let stage = Harness::new().await;
    assert!(stage.cancel(1..=12).await);
    let bob = stage.test_env.customer().await;
    let body = message_body(&stage.test_env, 1, order_status_changed(&bob, 100, OrderStatus::Confirmed));
    assert!(deliver_one(&stage.worker, &body, 1).await);
    assert_eq!(
        (stage.mails(), list_notifications(&stage.reader, &bob).await[0]["status"].clone()),
        (11, json!("sent"))
    );
}

#[tokio::test]
async fn a_digest_whose_sender_crashed_before_its_mail_is_sent_once() {
    let stage = Harness::new().await;
    assert!(stage.cancel(1..=13).await);
    stage.clock.advance(HOUR);
    stage.ses.set_mode(SesMode::Hang);
    stage.recover_and_die(11).await;
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(29);
    assert_eq!((stage.recover().await, stage.mails()), (0, 10), "its sender may still run");
    stage.clock.advance(1);
    assert_eq!((stage.recover().await, stage.mails()), (1, 11));
    assert_eq!(stage.records().await, records([("sent", 13)]));
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (0, 11));
}

/// As for a single mail: SES has no idempotency key.
#[tokio::test]
async fn a_digest_whose_sender_crashed_after_its_mail_is_mailed_twice_and_closed_once() {
    let stage = Harness::new().await;
    assert!(stage.cancel(1..=13).await);
    stage.clock.advance(HOUR);
    stage.ses.set_mode(SesMode::AcceptAndHang);
    stage.recover_and_die(11).await;
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(30);
    assert_eq!((stage.recover().await, stage.mails()), (1, 12));
    assert_eq!(stage.records().await, records([("sent", 13)]));
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (0, 12));
}

#[tokio::test]
async fn a_worker_that_died_with_the_eleventh_leaves_it_to_the_digest() {
    let stage = Harness::new().await;
    assert!(stage.cancel(1..=9).await);
    // Counted as the tenth, and its sender crashes before SES responds.
    stage.ses.set_mode(SesMode::Hang);
    let body = message_body(&stage.test_env, 10, order_status_changed(&stage.ada, 10, OrderStatus::Cancelled));
    tokio::select! {
        _ = deliver_one(&stage.worker, &body, 1) => panic!("it should have crashed"),
        () = stage.ses.wait_for_requests(10) => {}
    }
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(30);
    assert!(deliver_one(&stage.worker, &body, 2).await);
    assert_eq!((stage.mails(), stage.records().await), (9, records([("sent", 9), ("queued", 1)])));
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (1, 10));
    assert_eq!(stage.last_mail().0, "A message from the shop");
    assert_eq!(stage.records().await, records([("sent", 10)]));
}

#[tokio::test]
async fn a_digest_that_ses_rejects_is_retried_for_a_day() {
    let stage = Harness::new().await;
    assert!(stage.cancel(1..=12).await);
    stage.clock.advance(HOUR);
    stage.ses.set_mode(SesMode::Reject(500, "InternalFailure"));
    assert_eq!(stage.recover().await, 0);
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(299);
    assert_eq!(stage.recover().await, 0, "it waits after a failure");
    stage.clock.advance(1);
    assert_eq!((stage.recover().await, stage.mails()), (1, 11));
    assert_eq!(stage.records().await, records([("sent", 12)]));

    stage.clock.advance(24 * HOUR);
    assert!(stage.cancel(13..=24).await);
    stage.ses.set_mode(SesMode::Reject(500, "InternalFailure"));
    stage.clock.advance(23 * HOUR);
    assert_eq!(stage.recover().await, 0);
    assert_eq!(stage.records().await, records([("sent", 22), ("queued", 2)]));
    stage.clock.advance(HOUR);
    assert_eq!(stage.recover().await, 0);
    assert_eq!(stage.records().await, records([("sent", 22), ("failed", 2)]));
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(24 * HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (0, 21), "they have failed");
}

#[tokio::test]
async fn admin_messages_count_and_are_deferred_too() {
    let stage = Harness::new().await;
    let env =
        stage.test_env.env_with(&[("SES_SENDER", "shop@example.org"), ("AWS_ENDPOINT_URL_SESV2", &stage.ses.url)]);
    let app = notifications::App::from_env(&env, &stage.clock).unwrap();
    let shop = stage.test_env.client(notifications::router(app, &stage.test_env.http_stack()));
    let admin = shop.as_user(&stage.test_env.admin().await);
    assert!(stage.cancel(1..=9).await);
    let mut responses = Vec::new();
    for n in 1..=3 {
        let body = json!({"userId": stage.ada.id, "type": "news", "subject": format!("News {n}")});
        let admin = admin.with_header("idempotency-key", &format!("k{n}"));
        let response = admin.post("/api/notifications", body.clone()).await.expect(201);
        responses.push(response.json()["status"].clone());
        let again = admin.post("/api/notifications", body).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &response.bytes));
    }
    assert_eq!((responses, stage.mails()), (vec![json!("sent"), json!("queued"), json!("queued")], 10));
    stage.clock.advance(120);
    assert_eq!((stage.recover().await, stage.mails()), (0, 10), "they are not handled as pending messages");
    stage.clock.advance(HOUR);
    assert_eq!((stage.recover().await, stage.mails()), (1, 11));
    assert!(stage.last_mail().1.contains("- News 2 (") && stage.last_mail().1.contains("- News 3 ("));
    assert_eq!(stage.records().await, records([("sent", 12)]));
}
