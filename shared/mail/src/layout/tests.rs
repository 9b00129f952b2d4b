use domain::notifications::{Amount, Channel, DeliveryStatus, Detail, Facts, Line};
use domain::{NotificationId, UserId};

use super::*;

fn layout() -> Layout {
    let variables = [
        ("SHOP_NAME", "Mugs & More"),
        ("SHOP_ADDRESS", "Street 1, 10115 Berlin"),
        ("SHOP_URL", "https://shop.example/"),
    ];
    Layout::from_env(&Env::from_iter(variables)).unwrap()
}

fn notification(message: &str, facts: Option<Facts>) -> Notification {
    Notification {
        id: NotificationId::generate_at(0, 7),
        user_id: UserId::new(7),
        kind: "order_confirmed".to_owned(),
        channel: Channel::Email,
        subject: "Your order 7 is confirmed".to_owned(),
        message: message.to_owned(),
        order_id: Some(OrderId::new(7)),
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at: Timestamp::from_millis(0),
        sent_at: None,
        read_at: None,
        facts: facts.map(Box::new),
    }
}

fn amount(label: &str, amount: &str, total: bool) -> Amount {
    Amount { label: label.to_owned(), amount: amount.to_owned(), total }
}

fn facts(name: &str) -> Facts {
    let detail = |label: Option<&str>, text: &str| Detail { label: label.map(str::to_owned), text: text.to_owned() };
    let lines = vec![
        Line { quantity: 2, name: name.to_owned(), amount: Some("€20.00".to_owned()) },
        Line { quantity: 1, name: "Tray".to_owned(), amount: None },
    ];
    Facts {
        to: None,
        intro: None,
        sections: vec![
            Section::Lines { title: "Items".to_owned(), lines, more: 3 },
            Section::Amounts { amounts: vec![amount("Shipping", "€5.00", false), amount("Total", "€25.00", true)] },
            Section::Details {
                title: "Tracking".to_owned(),
                details: vec![detail(None, name), detail(Some("Follow it at"), "https://track.example/?a=1&b=2")],
            },
        ],
    }
}

#[test]
fn the_text_part_has_all_facts() {
    let expected = "\
Thank you!

Items:
- 2 × Mug: €20.00
- 1 × Tray
- and 3 more

Shipping: €5.00
Total: €25.00

Tracking:
Mug
Follow it at: https://track.example/?a=1&b=2

See your order: https://shop.example/orders/7

--\u{20}
Mugs & More
Street 1, 10115 Berlin
You get this mail because of an order or an account at Mugs & More.
";
    assert_eq!(layout().render(&notification("Thank you!", Some(facts("Mug"))), None).text, expected);
}

#[test]
fn the_html_part_has_all_facts_and_loads_nothing() {
    let html = layout().render(&notification("Thank you!", Some(facts("Mug"))), None).html;
    for part in [
        "<title>Your order 7 is confirmed</title>",
        ">Your order 7 is confirmed</h1>",
        ">Thank you!</p>",
        ">Items</h2>",
        ">2 × Mug</td><td align=\"right\"",
        ">€20.00</td></tr>",
        ">and 3 more</td></tr>",
        ">Total</td>",
        "Follow it at: <a href=\"https://track.example/?a=1&amp;b=2\"",
        "<a href=\"https://shop.example/orders/7\"",
        "Mugs &amp; More<br>Street 1, 10115 Berlin<br>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    for loads in ["<img", "src=", "<link", "<script", "<style", "url("] {
        assert!(!html.contains(loads), "{loads} in {html}");
    }
}

#[test]
fn the_html_part_is_well_formed_and_escaped_whatever_the_texts_are() {
    let hostile = "</td></table><script>alert(\"1\")</script><a href='javascript:x'>&lt;";
    let mut message = notification(&format!("{hostile}\n\nsecond\nline"), Some(facts(hostile)));
    message.subject = hostile.to_owned();
    let html = layout().render(&message, None).html;
    assert!(!html.contains("<script") && !html.contains("<a href='"), "{html}");
    assert!(html.contains(">second<br>line</p>"), "{html}");
    assert_eq!(unclosed_tags(&html), [""; 0], "{html}");
}

/// The tags that are open at the end.
fn unclosed_tags(html: &str) -> Vec<String> {
    let mut open = Vec::new();
    for part in html.split('<').skip(1) {
        let name: String = part.chars().take_while(|c| !matches!(c, ' ' | '>')).collect();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "before <{part}"),
            None if ["!doctype", "meta", "br"].contains(&name.as_str()) => {}
            None => open.push(name),
        }
    }
    open
}

#[test]
fn an_intro_replaces_the_notifications_text() {
    let intro = Facts { intro: Some("It is on its way.".to_owned()), ..Facts::default() };
    let mail = layout().render(&notification("A longer text", Some(intro)), None);
    assert!(mail.text.starts_with("It is on its way.\n\n") && !mail.text.contains("longer"));
    assert!(mail.html.contains(">It is on its way.</p>") && !mail.html.contains("longer"));
}

#[test]
fn a_record_without_facts_or_a_shop_without_address_has_the_same_layout() {
    let mail = Layout::from_env(&Env::default()).unwrap().render(&notification("Hello\n\n- one\n- two", None), None);
    let text = "Hello\n\n- one\n- two\n\n-- \nShop\nYou get this mail because of an order or an account at Shop.\n";
    assert_eq!(mail.text, text);
    assert!(mail.html.contains(">Hello</p>") && mail.html.contains(">- one<br>- two</p>"), "{}", mail.html);
    assert!(!mail.html.contains("<a "), "{}", mail.html);
}

#[test]
fn a_message_about_no_order_leads_to_all_messages() {
    let digest = Notification { order_id: None, ..notification("21 messages", None) };
    assert!(layout().render(&digest, None).text.contains("See your messages: https://shop.example/notifications\n"));
}

#[test]
fn the_shops_address_must_be_one_of_the_web() {
    for url in ["javascript:alert(1)", "shop.example", "https://", "https://shop example"] {
        assert!(Layout::from_env(&Env::from_iter([("SHOP_URL", url)])).is_err(), "{url}");
    }
}

#[test]
fn the_footer_names_the_address_that_the_mail_goes_to() {
    let to = Email::try_from("ada@example.org".to_owned()).unwrap();
    let mail = layout().render(&notification("Hello", None), Some(&to));
    let reason = "You get this mail at ada@example.org because of an order or an account at Mugs";
    assert!(mail.text.contains(reason) && mail.html.contains(reason), "{}", mail.text);
}
