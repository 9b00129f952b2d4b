//! Mail, through a fake SES: at least one mail, exactly one record.

mod support;

use domain::orders::OrderStatus;
use notification_worker::App;
use runtime::Env;
use serde_json::{Value, json};
use support::ses::{FakeSes, SesMode};
use support::{deliver_one, list_notifications, message_body, notifications_client, order_status_changed};
use testkit::{TestClient, TestEnv, TestUser};

struct Harness {
    test_env: TestEnv,
    ses: FakeSes,
    app: App,
    reader: TestClient,
    ada: TestUser,
    body: String,
}

impl Harness {
    async fn new() -> Self {
        let (test_env, ses) = (TestEnv::new().await, FakeSes::start().await);
        let app = App::from_env(&mail_vars(&test_env, &ses), &test_env.clock).unwrap();
        let (reader, ada) = (notifications_client(&test_env), test_env.customer().await);
        let body = message_body(&test_env, 1, order_status_changed(&ada, 7, OrderStatus::Confirmed));
        Self { test_env, ses, app, reader, ada, body }
    }

    fn env(&self) -> Env {
        mail_vars(&self.test_env, &self.ses)
    }

    /// Delivers the message with this attempt number; whether the worker acknowledged it.
    async fn deliver(&self, tries: u32) -> bool {
        deliver_one(&self.app, &self.body, tries).await
    }

    /// The one record: channel, status, attempts.
    async fn record(&self) -> (Value, Value, Value) {
        let notifications = list_notifications(&self.reader, &self.ada).await;
        assert_eq!(notifications.len(), 1);
        assert_eq!(notifications[0]["sentAt"].is_string(), notifications[0]["status"] == "sent");
        (notifications[0]["channel"].clone(), notifications[0]["status"].clone(), notifications[0]["attempts"].clone())
    }
}

fn mail_vars(test_env: &TestEnv, ses: &FakeSes) -> Env {
    test_env.env_with(&[("SES_SENDER", "shop@example.org"), ("AWS_ENDPOINT_URL_SESV2", &ses.url)])
}

fn email_record(status: &str, attempts: u32) -> (Value, Value, Value) {
    (json!("email"), json!(status), json!(attempts))
}

#[tokio::test]
async fn a_mail_goes_to_the_address_in_userdb() {
    let stage = Harness::new().await;
    assert!(stage.deliver(1).await);
    assert_eq!(stage.record().await, email_record("sent", 1));
    let taken = stage.ses.accepted();
    let address = format!("{}@test.example", stage.ada.name.split(' ').next_back().unwrap());
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["FromEmailAddress"], "shop@example.org");
    assert_eq!(taken[0]["Destination"]["ToAddresses"], json!([address]));
    let simple = &taken[0]["Content"]["Simple"];
    assert_eq!(simple["Subject"]["Data"], "Your order 7 is confirmed");
    assert!(simple["Body"]["Text"]["Data"].as_str().unwrap().contains("1099.90"));
    assert!(stage.deliver(2).await, "once sent, a repeated message is acknowledged");
    assert_eq!(stage.ses.accepted().len(), 1);
}

#[tokio::test]
async fn a_failed_mail_is_retried_and_keeps_its_one_record() {
    let stage = Harness::new().await;
    for (tries, mode) in [
        (1, SesMode::Reject(429, "TooManyRequestsException")),
        (2, SesMode::Reject(500, "InternalFailure")),
        (3, SesMode::Hang),
    ] {
        stage.ses.set_mode(mode);
        assert!(!stage.deliver(tries).await);
        assert_eq!(stage.record().await, email_record("queued", tries));
    }
    stage.ses.set_mode(SesMode::Accept);
    assert!(stage.deliver(4).await);
    assert_eq!(stage.record().await, email_record("sent", 4));
    assert_eq!(stage.ses.accepted().len(), 1);
}

#[tokio::test]
async fn after_the_last_attempt_it_has_failed_and_a_redrive_still_sends_it() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Reject(400, "SendingPausedException"));
    for tries in 1..=4 {
        assert!(!stage.deliver(tries).await);
        assert_eq!(stage.record().await, email_record("queued", tries));
    }
    assert!(!stage.deliver(5).await, "the message must go to the dead-letter queue");
    assert_eq!(stage.record().await, email_record("failed", 5));
    stage.ses.set_mode(SesMode::Accept);
    assert!(stage.deliver(1).await, "a redriven message counts its attempts from one");
    assert_eq!(stage.record().await, email_record("sent", 6));
}

#[tokio::test]
async fn a_permanently_rejected_message_is_not_retried() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::Reject(400, "MessageRejected"));
    assert!(stage.deliver(1).await);
    assert_eq!(stage.record().await, email_record("failed", 1));
}

#[tokio::test]
async fn a_mail_with_a_lost_reply_is_sent_again_and_has_one_record() {
    let stage = Harness::new().await;
    stage.ses.set_mode(SesMode::AcceptAndDisconnect);
    assert!(!stage.deliver(1).await);
    assert_eq!(stage.record().await, email_record("queued", 1));
    stage.ses.set_mode(SesMode::Accept);
    assert!(stage.deliver(2).await);
    assert_eq!(stage.record().await, email_record("sent", 2));
    assert_eq!(stage.ses.accepted().len(), 2, "SES is called again: at least one mail");
}

#[tokio::test]
async fn an_unknown_user_gets_no_mail_and_blocks_nothing() {
    let stage = Harness::new().await;
    let gone = TestUser { id: domain::UserId::new(i32::MAX), ..stage.ada.clone() };
    let body = message_body(&stage.test_env, 1, order_status_changed(&gone, 8, OrderStatus::Confirmed));
    assert!(deliver_one(&stage.app, &body, 1).await);
    assert!(stage.ses.accepted().is_empty());
    let admin = stage.test_env.admin().await;
    let list = stage.reader.as_user(&admin).get(&format!("/api/notifications/user/{}", gone.id)).await.json();
    assert_eq!((&list[0]["status"], &list[0]["orderId"]), (&json!("failed"), &json!(8)));
}

#[tokio::test]
async fn without_userdb_the_mail_waits() {
    let stage = Harness::new().await;
    let env = stage.test_env.env_with(&[
        ("SES_SENDER", "shop@example.org"),
        ("AWS_ENDPOINT_URL_SESV2", &stage.ses.url),
        ("USERDB_URL", "postgres://nobody@127.0.0.1:1/none"),
    ]);
    let blind = App::from_env(&env, &stage.test_env.clock).unwrap();
    assert!(!deliver_one(&blind, &stage.body, 1).await);
    assert_eq!(stage.record().await, email_record("queued", 1));
    assert!(stage.deliver(2).await);
    assert_eq!(stage.record().await, email_record("sent", 2));
}

#[tokio::test]
async fn an_admin_message_is_mailed_immediately_or_queued() {
    let stage = Harness::new().await;
    let app = notifications::App::from_env(&stage.env(), &stage.test_env.clock).unwrap();
    let shop = stage.test_env.client(notifications::router(app, &stage.test_env.http_stack()));
    let admin = stage.test_env.admin().await;
    let body = json!({"userId": stage.ada.id, "type": "news"});
    let sent = shop.as_user(&admin).post("/api/notifications", body.clone()).await.expect(201).json();
    assert_eq!((&sent["status"], &sent["channel"]), (&json!("sent"), &json!("email")));
    stage.ses.set_mode(SesMode::Reject(500, "InternalFailure"));
    let waits = shop.as_user(&admin).post("/api/notifications", body).await.expect(201).json();
    assert_eq!((&waits["status"], waits.get("sentAt")), (&json!("queued"), None));
    assert_eq!(stage.ses.accepted().len(), 1);
    let ready = shop.get("/api/notifications/ready").await.expect(200).json();
    assert!(ready["stores"].as_array().unwrap().iter().any(|store| store["store"] == "userdb"));
}

#[tokio::test]
async fn two_workers_with_one_message_send_one_mail() {
    let stage = Harness::new().await;
    let other = App::from_env(&stage.env(), &stage.test_env.clock).unwrap();
    for order in 101..=120 {
        // A different user each time: twenty mails exceed the limit of one.
        let somebody = stage.test_env.customer().await;
        let body = message_body(&stage.test_env, 1, order_status_changed(&somebody, order, OrderStatus::Confirmed));
        let (a, b) = tokio::join!(deliver_one(&stage.app, &body, 1), deliver_one(&other, &body, 1));
        assert!(a || b, "the one that wrote the record sends it");
        // A message that another worker was sending is delivered again, and acknowledged.
        assert!(deliver_one(&stage.app, &body, 2).await && deliver_one(&other, &body, 2).await);
    }
    assert_eq!(stage.ses.accepted().len(), 20);
}

#[tokio::test]
async fn a_worker_that_died_blocks_its_message_until_the_lease_expires() {
    let stage = Harness::new().await;
    let clock = runtime::Clock::stopped(stage.test_env.clock.now());
    let app = App::from_env(&stage.env(), &clock).unwrap();
    stage.ses.set_mode(SesMode::Hang);
    tokio::select! {
        _ = deliver_one(&app, &stage.body, 1) => panic!("it should have crashed"),
        () = stage.ses.wait_for_requests(1) => {}
    }
    stage.ses.set_mode(SesMode::Accept);
    clock.advance(29);
    assert!(!deliver_one(&app, &stage.body, 2).await, "it may still run");
    clock.advance(1);
    assert!(deliver_one(&app, &stage.body, 3).await);
    assert_eq!(stage.record().await, email_record("sent", 1));
    assert_eq!(stage.ses.accepted().len(), 1);
}
