//! Admin messages: stored once, and sent even if any process in between crashes.

mod support;

use domain::Timestamp;
use notifications::{App, router};
use runtime::Clock;
use serde_json::json;
use support::ses::{FakeSes, SesMode};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

const PATH: &str = "/api/notifications";

struct Harness {
    test_env: TestEnv,
    ses: FakeSes,
    /// Stopped: its time changes only when a test sets it.
    clock: Clock,
    shop: TestClient,
    recovery: recovery::App,
    admin: TestUser,
    ada: TestUser,
}

impl Harness {
    async fn new() -> Self {
        let (test_env, ses) = (TestEnv::new().await, FakeSes::start().await);
        let env = test_env.env_with(&[("SES_SENDER", "shop@example.org"), ("AWS_ENDPOINT_URL_SESV2", &ses.url)]);
        let clock = Clock::stopped(Timestamp::from_millis(test_env.clock.now().millis() / 1000 * 1000));
        let shop = test_env.client(router(App::from_env(&env, &clock).unwrap(), &test_env.http_stack()));
        let recovery = recovery::App::from_env(&env, &clock).unwrap();
        let (admin, ada) = (test_env.admin().await, test_env.customer().await);
        Self { test_env, ses, clock, shop, recovery, admin, ada }
    }

    async fn post(&self, key: Option<&str>) -> TestResponse {
        let admin = self.shop.as_user(&self.admin);
        let admin = key.map_or(admin.clone(), |key| admin.with_header("idempotency-key", key));
        admin.post(PATH, json!({"userId": self.ada.id, "type": "news"})).await
    }

    /// Posts, and crashes as soon as SES has received the mail.
    async fn post_and_die(&self, key: Option<&str>) {
        tokio::select! {
            reply = self.post(key) => panic!("it should have crashed: {reply:?}"),
            () = self.ses.wait_for_requests(1) => {}
        }
    }

    /// Two concurrent runs, as if one is slow and the schedule starts another; the number of mails
    /// sent.
    async fn recover(&self) -> usize {
        let (a, b) = tokio::join!(recovery::run(&self.recovery), recovery::run(&self.recovery));
        a.unwrap().notifications + b.unwrap().notifications
    }

    /// The one record: status, attempts.
    async fn record(&self) -> (String, u64) {
        let notifications =
            support::list_notifications(&support::notifications_client(&self.test_env), &self.ada).await;
        assert_eq!(notifications.len(), 1, "{notifications:?}");
        (notifications[0]["status"].as_str().unwrap().to_owned(), notifications[0]["attempts"].as_u64().unwrap())
    }

    async fn assert_record(&self, status: &str, attempts: u64, mails: usize) {
        assert_eq!(self.record().await, (status.to_owned(), attempts));
        assert_eq!(self.ses.accepted().len(), mails);
    }
}

#[tokio::test]
async fn a_message_whose_sender_crashed_before_mailing_is_sent_once_by_recovery() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Hang);
    stage.post_and_die(None).await;
    stage.assert_record("queued", 0, 0).await;
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(29);
    assert_eq!(stage.recover().await, 0, "its sender may still run");
    stage.clock.advance(1);
    assert_eq!(stage.recover().await, 1);
    stage.assert_record("sent", 1, 1).await;
    stage.clock.advance(3600);
    assert_eq!(stage.recover().await, 0);
    stage.assert_record("sent", 1, 1).await;
}

#[tokio::test]
async fn a_message_whose_sender_crashed_after_mailing_is_mailed_twice_and_recorded_once() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::AcceptAndHang);
    stage.post_and_die(None).await;
    stage.assert_record("queued", 0, 1).await;
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(30);
    assert_eq!(stage.recover().await, 1, "nobody knows that SES accepted it: at least once");
    stage.assert_record("sent", 1, 2).await;
}

#[tokio::test]
async fn a_recovery_run_that_dies_leaves_the_message_to_the_next() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Hang);
    stage.post_and_die(None).await;
    stage.clock.advance(30);
    tokio::select! {
        done = recovery::run(&stage.recovery) => panic!("it should have crashed: {done:?}"),
        () = stage.ses.wait_for_requests(2) => {}
    }
    stage.ses.set_mode(SesMode::Accept);
    assert_eq!(stage.recover().await, 0, "the crashed run still has the lease");
    stage.clock.advance(30);
    assert_eq!(stage.recover().await, 1);
    stage.assert_record("sent", 1, 1).await;
}

#[tokio::test]
async fn an_unavailable_channel_is_retried_with_backoff_for_a_day() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Reject(500, "InternalFailure"));
    assert_eq!(stage.post(None).await.expect(201).json()["status"], "queued");
    let mut attempts = 1;
    for pause in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
        stage.clock.advance(pause - 1);
        assert_eq!(stage.recover().await, 0);
        stage.assert_record("queued", attempts, 0).await;
        stage.clock.advance(1);
        assert_eq!(stage.recover().await, 0);
        attempts += 1;
        stage.assert_record("queued", attempts, 0).await;
    }
    stage.clock.advance(24 * 3600);
    stage.recover().await;
    stage.assert_record("failed", attempts + 1, 0).await;
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(24 * 3600);
    assert_eq!(stage.recover().await, 0, "it has failed");
}

#[tokio::test]
async fn a_permanently_rejected_message_has_failed() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Reject(400, "MessageRejected"));
    assert_eq!(stage.post(None).await.expect(201).json()["status"], "failed");
    stage.ses.set_mode(SesMode::Accept);
    stage.clock.advance(3600);
    assert_eq!(stage.recover().await, 0);
    stage.assert_record("failed", 1, 0).await;
}

/// The client's next request completes what its first one began, after its deadline.
#[tokio::test]
async fn a_key_whose_process_crashed_is_claimed_again_at_its_deadline() {
    for recovered in [false, true] {
        let stage = Harness::new().await;
        stage.ses.set_mode(SesMode::Hang);
        stage.post_and_die(Some("k")).await;
        stage.ses.set_mode(SesMode::Accept);
        let busy = stage.post(Some("k")).await.expect(409);
        assert_eq!((busy.error_code().as_str(), busy.header("retry-after")), ("idempotency_in_progress", "30"));
        stage.clock.advance(29);
        assert_eq!(stage.post(Some("k")).await.expect(409).header("retry-after"), "1");
        stage.clock.advance(1);
        if recovered {
            assert_eq!(stage.recover().await, 1);
        }
        let finished = stage.post(Some("k")).await.expect(201);
        assert_eq!(finished.header("idempotent-replayed"), "");
        assert_eq!(finished.json()["status"], "sent");
        let again = stage.post(Some("k")).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &finished.bytes));
        stage.assert_record("sent", 1, 1).await;
    }
}

#[tokio::test]
async fn fifty_at_once_with_one_key_are_one_mail() {
    let stage = Harness::new().await;
    let all = futures::future::join_all((0..50).map(|_| stage.post(Some("k")))).await;
    assert!(all.iter().all(|reply| reply.status == 201 || reply.status == 409));
    assert!(all.iter().any(|reply| reply.status == 201));
    stage.assert_record("sent", 1, 1).await;
}
