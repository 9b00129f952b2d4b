use serde_json::json;

use super::*;
use crate::events::{DomainEvent, RefundIssued};
use crate::notifications::render;
use crate::{OrderId, ProductId, UserId};

fn line(n: i32, name: &str) -> OrderEventLine {
    OrderEventLine { product_id: ProductId::new(n), name: name.to_owned(), quantity: 2, price_cents: 500 }
}

fn address() -> Address {
    let address = json!({
        "name": "Ada", "line1": "Street 1", "city": "London", "region": "Greater London", "postalCode": "SW1A 1AA",
        "country": "GB", "phone": "+44 20 7946 0000"
    });
    serde_json::from_value(address).unwrap()
}

fn summary(tax_included: bool) -> OrderSummary {
    OrderSummary {
        subtotal_cents: 1000,
        discount_cents: 100,
        shipping_cents: 500,
        shipping_tax_cents: 80,
        tax_cents: 224,
        tax_included,
        discount_code: Some("TEN".to_owned()),
        shipping_method: Some("Express".to_owned()),
        shipping_address: Some(address()),
        email: None,
    }
}

fn order(status: OrderStatus, summary: Option<OrderSummary>) -> OrderStatusChanged {
    OrderStatusChanged {
        order_id: OrderId::new(7),
        user_id: UserId::new(3),
        status,
        was: None,
        total_cents: 1400,
        currency: Currency::EUR,
        summary: summary.map(Box::new),
        refunded_cents: 0,
        items: vec![line(1, "Tea")],
        reason: None,
        fulfilment: None,
    }
}

fn facts(order: OrderStatusChanged) -> Facts {
    render(&DomainEvent::OrderStatusChanged(order)).unwrap().facts
}

/// The facts as one line each.
fn lines_of(facts: &Facts) -> Vec<String> {
    let mut all: Vec<String> = facts.intro.iter().cloned().collect();
    for section in &facts.sections {
        match section {
            Section::Lines { title, lines, more } => {
                let amount = |line: &Line| line.amount.clone().unwrap_or_default();
                all.extend(
                    lines.iter().map(|line| format!("{title}: {}x{} {}", line.quantity, line.name, amount(line))),
                );
                all.extend((*more > 0).then(|| format!("{more} more")));
            }
            Section::Amounts { amounts } => {
                all.extend(
                    amounts
                        .iter()
                        .map(|one| format!("{}: {}{}", one.label, one.amount, if one.total { "!" } else { "" })),
                );
            }
            Section::Details { title, details } => {
                let label = |detail: &Detail| detail.label.clone().unwrap_or_else(|| title.clone());
                all.extend(details.iter().map(|detail| format!("{}: {}", label(detail), detail.text)));
            }
        }
    }
    all
}

const ADDRESS: [&str; 5] = [
    "Delivery address: Ada",
    "Delivery address: Street 1",
    "Delivery address: SW1A 1AA London",
    "Delivery address: Greater London",
    "Delivery address: GB",
];

#[test]
fn a_confirmation_has_lines_money_and_address() {
    let net = ["Items: 2xTea €10.00", "Subtotal: €10.00", "Discount (TEN): -€1.00", "Shipping (Express): €5.00"];
    let expected: Vec<&str> = net.into_iter().chain(["Tax: €2.24", "Total: €14.00!"]).chain(ADDRESS).collect();
    assert_eq!(lines_of(&facts(order(OrderStatus::Confirmed, Some(summary(false))))), expected);
    let expected: Vec<&str> = net.into_iter().chain(["Total: €14.00!", "Tax included: €2.24"]).chain(ADDRESS).collect();
    assert_eq!(lines_of(&facts(order(OrderStatus::Confirmed, Some(summary(true))))), expected);
}

#[test]
fn amounts_that_are_nothing_are_left_out() {
    let plain = OrderSummary {
        discount_cents: 0,
        shipping_cents: 0,
        tax_cents: 0,
        discount_code: None,
        shipping_method: None,
        shipping_address: None,
        email: None,
        ..summary(true)
    };
    let expected = ["Items: 2xTea €10.00", "Subtotal: €10.00", "Total: €14.00!"];
    assert_eq!(lines_of(&facts(order(OrderStatus::Confirmed, Some(plain)))), expected);
    assert_eq!(lines_of(&facts(order(OrderStatus::PaymentFailed, None))), ["Items: 2xTea €10.00", "Total: €14.00!"]);
}

#[test]
fn a_cancellation_tells_what_was_refunded_and_no_address() {
    let cancelled = OrderStatusChanged { refunded_cents: 1400, ..order(OrderStatus::Cancelled, Some(summary(true))) };
    let told = lines_of(&facts(cancelled));
    assert_eq!(told.last().unwrap(), "Refunded: €14.00");
    assert!(!told.iter().any(|line| line.contains("address")), "{told:?}");
    let refund = RefundIssued {
        order_id: OrderId::new(7),
        user_id: UserId::new(3),
        amount_cents: 250,
        currency: Currency::EUR,
        return_id: None,
        email: None,
    };
    assert_eq!(lines_of(&render(&DomainEvent::RefundIssued(refund)).unwrap().facts), ["Refunded: €2.50!"]);
}

#[test]
fn a_shipment_has_its_pieces_its_tracking_and_its_address() {
    let fulfilment = |status| FulfilmentChanged {
        status,
        items: vec![line(1, "Tea")],
        carrier: Some("DHL".to_owned()),
        tracking_number: None,
        tracking_url: Some("https://track.example/1".to_owned()),
    };
    let with = |status, of| OrderStatusChanged {
        fulfilment: Some(Box::new(fulfilment(of))),
        ..order(status, Some(summary(true)))
    };
    let told = lines_of(&facts(with(OrderStatus::PartiallyShipped, FulfilmentStatus::Shipped)));
    let expected = [
        "Your order 7 has left our warehouse in part. The rest follows.",
        "In this shipment: 2xTea ",
        "Carrier: DHL",
        "Follow it at: https://track.example/1",
    ];
    assert_eq!((&told[..4], &told[4..]), (&expected.map(String::from)[..], &ADDRESS.map(String::from)[..]));
    let arrived = lines_of(&facts(with(OrderStatus::Delivered, FulfilmentStatus::Delivered)));
    assert_eq!((arrived[1].as_str(), arrived.iter().any(|line| line.contains("DHL"))), ("Delivered: 2xTea ", false));
    let as_before = lines_of(&facts(order(OrderStatus::Shipped, None)));
    assert_eq!(as_before, ["Items: 2xTea "]);
}

/// A record of DynamoDB has 400 KB.
#[test]
fn facts_are_bounded_and_on_one_line_each() {
    let long = format!("\u{1f375}\r\nBcc: {}", "\u{1f375}".repeat(100_000));
    let mut huge = order(OrderStatus::Confirmed, Some(summary(true)));
    huge.items = (1..=500).map(|n| OrderEventLine { price_cents: i64::MIN, ..line(n, &long) }).collect();
    huge.total_cents = i64::MIN;
    let facts = facts(huge);
    let json = facts.to_json();
    assert!(json.len() < 120_000, "{} bytes", json.len());
    assert_eq!(Facts::from_json(&json).as_ref(), Some(&facts));
    let told = lines_of(&facts);
    assert!(told.contains(&"450 more".to_owned()));
    assert!(told.iter().all(|line| !line.contains(char::is_control)));
}

#[test]
fn facts_of_another_version_are_no_obstacle() {
    assert_eq!(Facts::from_json("{}"), Some(Facts::default()));
    assert_eq!(Facts::from_json(r#"{"sections":[{"kind":"map","places":[]}]}"#), None);
    assert_eq!(Facts::from_json("nonsense"), None);
}
