//! The links in mails, through a fake SES: in the mail, and in no record.

mod support;

use domain::events::{DomainEvent, VerificationRequested};
use domain::orders::OrderStatus;
use domain::{OrderId, Timestamp};
use notification_worker::App;
use serde_json::{Value, json};
use support::ses::{FakeSes, SesMode};
use support::{
    deliver_one, list_notifications, message_body, notifications_client, order_status_changed, refund_issued,
};
use testkit::{TestEnv, TestUser};
use tokens::links::{Links, VerificationToken};

struct Harness {
    test_env: TestEnv,
    ses: FakeSes,
    app: App,
    links: Links,
}

impl Harness {
    async fn new() -> Self {
        let (test_env, ses) = (TestEnv::new().await, FakeSes::start().await);
        let env = test_env.env_with(&[
            ("SES_SENDER", "shop@example.org"),
            ("AWS_ENDPOINT_URL_SESV2", &ses.url),
            ("SHOP_URL", "https://shop.example/"),
        ]);
        let app = App::from_env(&env, &test_env.clock).unwrap();
        let links = Links::new(&test_env.env().required("LINK_KEY").unwrap()).unwrap();
        Self { test_env, ses, app, links }
    }

    /// The recipient and the link of each mail.
    fn mails(&self) -> Vec<(String, String)> {
        let mails = self.ses.accepted().into_iter();
        mails
            .map(|mail| {
                let text = mail["Content"]["Simple"]["Body"]["Text"]["Data"].as_str().unwrap().to_owned();
                let link = text.split_whitespace().find(|word| word.starts_with("https://")).unwrap_or_default();
                (mail["Destination"]["ToAddresses"][0].as_str().unwrap().to_owned(), link.to_owned())
            })
            .collect()
    }

    async fn records(&self, user: &TestUser) -> Vec<Value> {
        let (reader, admin) = (notifications_client(&self.test_env), self.test_env.admin().await);
        let path = format!("/api/notifications/user/{}", user.id);
        reader.as_user(&admin).get(&path).await.expect(200).json().as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn mails_about_an_order_link_to_it_and_are_the_same_when_they_are_sent_again() {
    let stage = Harness::new().await;
    let guest = stage.test_env.guest().await;
    let body = message_body(&stage.test_env, 1, order_status_changed(&guest, 7, OrderStatus::Confirmed));
    stage.ses.set_mode(SesMode::AcceptAndDisconnect);
    assert!(!deliver_one(&stage.app, &body, 1).await);
    stage.ses.set_mode(SesMode::Accept);
    assert!(deliver_one(&stage.app, &body, 2).await);
    assert!(deliver_one(&stage.app, &message_body(&stage.test_env, 2, refund_issued(&guest, 7, 500)), 1).await);
    let mails = stage.mails();
    let at = Timestamp::from_millis(1_900_000_001_000);
    let key = stage.links.order_key(OrderId::new(7), at);
    let expected = (guest.email.clone(), format!("https://shop.example/orders/7?key={key}"));
    assert_eq!(mails[..2], [expected.clone(), expected]);
    assert!(mails[2].1.starts_with("https://shop.example/orders/7?key="), "{mails:?}");
    assert!(!json!(stage.records(&guest).await).to_string().contains("key="));
}

#[tokio::test]
async fn a_verification_mail_has_a_link_and_is_not_in_the_accounts_list() {
    let stage = Harness::new().await;
    let ada = stage.test_env.customer().await;
    let asked = || DomainEvent::VerificationRequested(VerificationRequested { user_id: ada.id });
    let body = message_body(&stage.test_env, 1, asked());
    for tries in 1..=2 {
        assert!(deliver_one(&stage.app, &body, tries).await);
    }
    let mails = stage.mails();
    assert_eq!(mails.len(), 1, "one event, one mail");
    assert_eq!(mails[0].0, ada.email);
    let token = mails[0].1.strip_prefix("https://shop.example/verify?token=").unwrap();
    let token = VerificationToken::parse(token).unwrap();
    assert_eq!(token.user, ada.id);
    let (email, at) = (ada.email.clone().try_into().unwrap(), Timestamp::from_millis(1_900_000_001_000));
    assert!(stage.links.check_verification(&token, &email, at));
    assert!(deliver_one(&stage.app, &message_body(&stage.test_env, 2, asked()), 1).await);
    assert_eq!(stage.mails().len(), 2, "who asks again gets another mail");
    let listed = list_notifications(&notifications_client(&stage.test_env), &ada).await;
    assert_eq!(listed.len(), 0, "without its link it tells nothing: {listed:?}");
}

#[tokio::test]
async fn a_claimed_guest_is_written_to_at_the_accounts_address() {
    let stage = Harness::new().await;
    let (guest, ada) = (stage.test_env.guest().await, stage.test_env.customer().await);
    let mut db = stage.test_env.connection("USERDB_URL").await;
    let claim = sqlx::query("update guests set claimed_by = $2, claimed_at = now() where id = $1");
    claim.bind(guest.id.get()).bind(ada.id.get()).execute(&mut *db).await.unwrap();
    let body = message_body(&stage.test_env, 1, order_status_changed(&guest, 7, OrderStatus::Shipped));
    assert!(deliver_one(&stage.app, &body, 1).await);
    assert_eq!(stage.mails()[0].0, ada.email);
}
