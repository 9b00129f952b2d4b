//! What a customer is told of a shipment: its lines, who carries it, and where to follow it.

use super::{Facts, NotificationDraft};
use crate::events::{FulfilmentChanged, OrderStatusChanged};
use crate::orders::{FulfilmentStatus, OrderStatus};

/// The maximum number of lines in a message; the account shows all of them.
const MAX_LINES: usize = 20;

/// The notification of a fulfilment that left or arrived. Each is one of its own: an order may be
/// shipped in several parts.
pub(super) fn render(order: &OrderStatusChanged, fulfilment: &FulfilmentChanged) -> NotificationDraft {
    let id = order.order_id;
    let (kind, subject, sentence) = match (fulfilment.status, order.status) {
        (FulfilmentStatus::Delivered, OrderStatus::Delivered) => {
            ("order_delivered", format!("Your order {id} has arrived"), "has been delivered. Enjoy!")
        }
        (FulfilmentStatus::Delivered, _) => {
            ("order_partially_delivered", format!("Part of your order {id} has arrived"), "has been delivered in part.")
        }
        (FulfilmentStatus::Shipped, OrderStatus::PartiallyShipped) => (
            "order_partially_shipped",
            format!("Part of your order {id} is on its way"),
            "has left our warehouse in part. The rest follows.",
        ),
        (FulfilmentStatus::Shipped, _) => {
            ("order_shipped", format!("Your order {id} is on its way"), "has left our warehouse.")
        }
    };
    let intro = format!("Your order {id} {sentence}");
    let message = format!("{intro}\n\n{}", describe(fulfilment));
    let facts = Facts::of_shipment(order, fulfilment, intro).addressed_to(order.email());
    NotificationDraft { user_id: order.user_id, kind, order_id: id, subject, message, is_repeatable: true, facts }
}

fn describe(fulfilment: &FulfilmentChanged) -> String {
    let title = if fulfilment.status == FulfilmentStatus::Shipped { "In this shipment:" } else { "Delivered:" };
    let mut lines = vec![title.to_owned()];
    lines.extend(fulfilment.items.iter().take(MAX_LINES).map(|line| format!("- {} × {}", line.quantity, line.name)));
    match fulfilment.items.len().saturating_sub(MAX_LINES) {
        0 => {}
        more => lines.push(format!("- and {more} more")),
    }
    if fulfilment.status == FulfilmentStatus::Shipped {
        let facts = [
            ("Carrier", &fulfilment.carrier),
            ("Tracking number", &fulfilment.tracking_number),
            ("Follow it at", &fulfilment.tracking_url),
        ];
        let known: Vec<String> =
            facts.iter().filter_map(|(name, fact)| fact.as_ref().map(|fact| format!("{name}: {fact}"))).collect();
        if !known.is_empty() {
            lines.push(String::new());
            lines.extend(known);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::OrderEventLine;
    use crate::pricing::Currency;
    use crate::{OrderId, ProductId, UserId};

    fn told(status: OrderStatus, of: FulfilmentStatus, lines: i32) -> NotificationDraft {
        let line = |n| OrderEventLine {
            product_id: ProductId::new(n),
            name: format!("Tea {n}"),
            quantity: 2,
            price_cents: 100,
        };
        let fulfilment = FulfilmentChanged {
            status: of,
            items: (1..=lines).map(line).collect(),
            carrier: Some("DHL".to_owned()),
            tracking_number: None,
            tracking_url: Some("https://track.example/1".to_owned()),
        };
        let order = OrderStatusChanged {
            order_id: OrderId::new(7),
            user_id: UserId::new(3),
            status,
            was: Some(OrderStatus::Confirmed),
            total_cents: 0,
            currency: Currency::EUR,
            summary: None,
            refunded_cents: 0,
            items: Vec::new(),
            reason: None,
            fulfilment: Some(Box::new(fulfilment.clone())),
        };
        render(&order, &fulfilment)
    }

    #[test]
    fn a_shipment_names_its_lines_its_carrier_and_its_link() {
        let draft = told(OrderStatus::PartiallyShipped, FulfilmentStatus::Shipped, 2);
        assert_eq!(
            (draft.kind, draft.subject.as_str()),
            ("order_partially_shipped", "Part of your order 7 is on its way")
        );
        let expected = "Your order 7 has left our warehouse in part. The rest follows.\n\nIn this shipment:\n\
            - 2 × Tea 1\n- 2 × Tea 2\n\nCarrier: DHL\nFollow it at: https://track.example/1";
        assert_eq!(draft.message, expected);
        assert!(draft.is_repeatable);
    }

    #[test]
    fn each_change_has_its_own_words() {
        let kinds = [
            (OrderStatus::Shipped, FulfilmentStatus::Shipped, "order_shipped"),
            (OrderStatus::Shipped, FulfilmentStatus::Delivered, "order_partially_delivered"),
            (OrderStatus::PartiallyShipped, FulfilmentStatus::Delivered, "order_partially_delivered"),
            (OrderStatus::Delivered, FulfilmentStatus::Delivered, "order_delivered"),
        ];
        for (status, of, kind) in kinds {
            assert_eq!(told(status, of, 1).kind, kind);
        }
        assert!(!told(OrderStatus::Delivered, FulfilmentStatus::Delivered, 1).message.contains("DHL"));
    }

    #[test]
    fn a_long_list_is_cut() {
        let draft = told(OrderStatus::Shipped, FulfilmentStatus::Shipped, 50);
        assert!(draft.message.contains("- 2 × Tea 20\n- and 30 more\n"), "{}", draft.message);
    }
}
