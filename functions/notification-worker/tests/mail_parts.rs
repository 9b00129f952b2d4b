//! What is in a mail: the facts of its event, as text and as HTML, also after a retry.

mod support;

use domain::events::{DomainEvent, OrderStatusChanged, OrderSummary};
use domain::notifications::{Notification, render};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::users::Email;
use domain::{NotificationId, ProductId};
use notification_worker::App;
use serde_json::{Value, json};
use store_dynamo::notifications::Lease;
use store_dynamo::{Config, Dynamo, Notifications};
use support::ses::{FakeSes, SesMode};
use support::{
    deliver_one, list_notifications, message_body, notifications_client, order_status_changed, refund_issued,
};
use testkit::{TestEnv, TestUser};

struct Harness {
    test_env: TestEnv,
    ses: FakeSes,
    app: App,
    ada: TestUser,
}

impl Harness {
    async fn new() -> Self {
        let (test_env, ses) = (TestEnv::new().await, FakeSes::start().await);
        let env = test_env.env_with(&[
            ("SES_SENDER", "shop@example.org"),
            ("AWS_ENDPOINT_URL_SESV2", &ses.url),
            ("SHOP_NAME", "Mugs & More"),
            ("SHOP_ADDRESS", "Street 1, 10115 Berlin"),
            ("SHOP_URL", "https://shop.example"),
        ]);
        let app = App::from_env(&env, &test_env.clock).unwrap();
        let ada = test_env.customer().await;
        Self { test_env, ses, app, ada }
    }

    async fn deliver(&self, event: DomainEvent) -> bool {
        deliver_one(&self.app, &message_body(&self.test_env, 1, event), 1).await
    }

    /// The text and the HTML of each accepted mail.
    fn parts(&self) -> Vec<(String, String)> {
        let part = |mail: &Value, name: &str| {
            let part = &mail["Content"]["Simple"]["Body"][name];
            assert_eq!(part["Charset"], "UTF-8");
            part["Data"].as_str().unwrap().to_owned()
        };
        self.ses.accepted().iter().map(|mail| (part(mail, "Text"), part(mail, "Html"))).collect()
    }
}

fn line(name: &str) -> OrderEventLine {
    OrderEventLine { product_id: ProductId::new(1), name: name.to_owned(), quantity: 2, price_cents: 54_995 }
}

/// An order of these lines, with all that one may have.
fn order(person: &TestUser, lines: Vec<OrderEventLine>) -> DomainEvent {
    let mut event = order_status_changed(person, 7, OrderStatus::Confirmed);
    let DomainEvent::OrderStatusChanged(order) = &mut event else { unreachable!() };
    order.items = lines;
    let address = json!({
        "name": "Ada <Lovelace>", "line1": "Street 1", "city": "Berlin", "postalCode": "10115", "country": "DE"
    });
    order.summary = Some(Box::new(OrderSummary {
        subtotal_cents: 109_990,
        discount_cents: 0,
        shipping_cents: 499,
        shipping_tax_cents: 80,
        tax_cents: 17_642,
        tax_included: true,
        discount_code: None,
        shipping_method: Some("Express".to_owned()),
        shipping_address: serde_json::from_value(address).unwrap(),
        email: None,
    }));
    event
}

#[tokio::test]
async fn a_confirmation_has_its_facts_in_both_parts_and_the_api_has_a_short_text() {
    let stage = Harness::new().await;
    assert!(stage.deliver(order(&stage.ada, vec![line("Mug <b>large</b>")])).await);
    let [(text, html)] = &stage.parts()[..] else { panic!("one mail") };
    for fact in [
        "- 2 × Mug <b>large</b>: €1099.90\n",
        "Shipping (Express): €4.99\n",
        "Tax included: €176.42\n",
        "Ada <Lovelace>\nStreet 1\n10115 Berlin\nDE\n",
        "See your order: https://shop.example/orders/7?key=",
        "Mugs & More\nStreet 1, 10115 Berlin\n",
    ] {
        assert!(text.contains(fact), "{fact} in {text}");
    }
    for fact in [
        "2 × Mug &lt;b&gt;large&lt;/b&gt;",
        ">€1099.90<",
        "Ada &lt;Lovelace&gt;",
        "href=\"https://shop.example/orders/7?key=",
        "Mugs &amp; More",
    ] {
        assert!(html.contains(fact), "{fact} in {html}");
    }
    let shown = list_notifications(&notifications_client(&stage.test_env), &stage.ada).await.remove(0);
    assert_eq!(shown["message"], "Thank you! Your order 7 for €1099.90 is confirmed.");
    assert!(shown.get("facts").is_none() && !shown.to_string().contains("Lovelace"), "{shown}");
}

/// Somebody may want the mails about an order elsewhere than at their account's address.
#[tokio::test]
async fn mails_go_to_the_orders_address_and_without_one_to_the_accounts() {
    let stage = Harness::new().await;
    let (mut placed, mut refunded) = (order(&stage.ada, vec![line("Mug")]), refund_issued(&stage.ada, 7, 1250));
    let elsewhere: Email = "gifts@example.org".to_owned().try_into().unwrap();
    if let DomainEvent::OrderStatusChanged(OrderStatusChanged { summary: Some(summary), .. }) = &mut placed {
        summary.email = Some(elsewhere.clone());
    }
    if let DomainEvent::RefundIssued(refund) = &mut refunded {
        refund.email = Some(elsewhere.clone());
    }
    for event in [placed, refunded, order_status_changed(&stage.ada, 8, OrderStatus::Shipped)] {
        assert!(stage.deliver(event).await);
    }
    let mails = stage.ses.accepted();
    let to: Vec<&Value> = mails.iter().map(|mail| &mail["Destination"]["ToAddresses"][0]).collect();
    assert_eq!(to, [elsewhere.as_str(), elsewhere.as_str(), &stage.ada.email]);
    let listed = list_notifications(&notifications_client(&stage.test_env), &stage.ada).await;
    assert!(!json!(listed).to_string().contains(elsewhere.as_str()), "{listed:?}");
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_the_same() {
    let stage = Harness::new().await;
    let body = message_body(&stage.test_env, 1, order(&stage.ada, vec![line("Mug")]));
    stage.ses.set_mode(SesMode::AcceptAndDisconnect);
    assert!(!deliver_one(&stage.app, &body, 1).await);
    stage.ses.set_mode(SesMode::Accept);
    assert!(deliver_one(&stage.app, &body, 2).await);
    let mails = stage.ses.accepted();
    assert_eq!((mails.len(), &mails[0]), (2, &mails[1]));
}

#[tokio::test]
async fn a_record_of_the_version_before_is_sent_without_facts() {
    let stage = Harness::new().await;
    let event = order(&stage.ada, vec![line("Mug")]);
    let env = stage.test_env.env();
    let table =
        Notifications::new(Dynamo::new(Config::from_env(&env).unwrap()), Config::notifications_table(&env).unwrap());
    let now = stage.test_env.clock.now();
    let draft = render(&event).unwrap();
    let id = NotificationId::generate_at(now.millis(), 1);
    let key = draft.kind;
    let stored = draft.into_notification(id, domain::notifications::Channel::Email, now);
    let without = Notification { facts: None, message: "As it was.".to_owned(), ..stored };
    let ended = Lease { from: now, until: now.plus_seconds(-1) };
    table.insert_once(&without, key, ended).await.unwrap();
    assert!(stage.deliver(event).await);
    let [(text, html)] = &stage.parts()[..] else { panic!("one mail") };
    assert!(text.starts_with("As it was.\n\nSee your order: ") && !text.contains("Mug\n"), "{text}");
    assert!(html.contains(">As it was.</p>"), "{html}");
}

/// The record, with its facts, is one item of DynamoDB.
#[tokio::test]
async fn fifty_lines_of_long_names_are_one_mail() {
    let stage = Harness::new().await;
    let longest = "\u{1f375}".repeat(200);
    assert!(stage.deliver(order(&stage.ada, vec![line(&longest); 50])).await);
    let [(text, _)] = &stage.parts()[..] else { panic!("one mail") };
    assert_eq!(text.matches(&longest).count(), 50);
    assert_eq!(list_notifications(&notifications_client(&stage.test_env), &stage.ada).await[0]["status"], "sent");
}

#[tokio::test]
async fn a_refund_tells_its_amount() {
    let stage = Harness::new().await;
    assert!(stage.deliver(refund_issued(&stage.ada, 7, 1250)).await);
    let [(text, html)] = &stage.parts()[..] else { panic!("one mail") };
    assert!(text.contains("\nRefunded: €12.50\n") && html.contains(">€12.50<"), "{text}");
}
