//! What a customer is told of a return: its lines, what the shop decided and why, and the refund.

use super::{Facts, NotificationDraft};
use crate::Money;
use crate::events::{ReturnChanged, ReturnEventLine};
use crate::orders::ReturnStatus;

/// The maximum number of lines in a message; the account shows all of them.
const MAX_LINES: usize = 20;

/// The notification of a change of a return. An order may have several returns.
pub(super) fn render(change: &ReturnChanged) -> NotificationDraft {
    let id = change.order_id;
    let (kind, subject, sentence) = match change.status {
        ReturnStatus::Requested => (
            "return_requested",
            format!("Your return request for order {id}"),
            format!("We have your request to return items of order {id}. You will hear from us soon."),
        ),
        ReturnStatus::Approved => (
            "return_approved",
            format!("Your return for order {id} is approved"),
            format!("You can send these items of order {id} back to us. We refund them once they are here."),
        ),
        ReturnStatus::Rejected => (
            "return_rejected",
            format!("Your return for order {id} was declined"),
            format!("We cannot take these items of order {id} back."),
        ),
        ReturnStatus::Received => (
            "return_received",
            format!("Your return for order {id} has arrived"),
            format!("The items of order {id} that you returned are here. {}", describe_refund(change)),
        ),
    };
    let facts = Facts::of_return(change, sentence.clone()).addressed_to(change.email.as_ref());
    let mut message = format!("{sentence}\n\n{}", describe_lines(&change.items));
    if let Some(note) = &change.note {
        message.push_str(&format!("\n\nOur note: {note}"));
    }
    NotificationDraft { user_id: change.user_id, kind, order_id: id, subject, message, facts, is_repeatable: true }
}

fn describe_refund(change: &ReturnChanged) -> String {
    match change.refunded_cents.unwrap_or_default() {
        0 => "They were refunded before.".to_owned(),
        cents => format!("We have refunded {}.", change.currency.format(Money::from_cents(cents))),
    }
}

fn describe_lines(items: &[ReturnEventLine]) -> String {
    let mut lines = vec!["In this return:".to_owned()];
    lines.extend(items.iter().take(MAX_LINES).map(|line| format!("- {} × {}", line.quantity, line.name)));
    match items.len().saturating_sub(MAX_LINES) {
        0 => {}
        more => lines.push(format!("- and {more} more")),
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::Section;
    use crate::pricing::Currency;
    use crate::{OrderId, ProductId, ReturnId, UserId};

    fn told(status: ReturnStatus, note: Option<&str>, refunded_cents: Option<i64>, lines: i32) -> NotificationDraft {
        let line = |n| ReturnEventLine { product_id: ProductId::new(n), name: format!("Tea {n}"), quantity: 2 };
        render(&ReturnChanged {
            return_id: ReturnId::new(uuid::Uuid::nil()),
            order_id: OrderId::new(7),
            user_id: UserId::new(3),
            status,
            items: (1..=lines).map(line).collect(),
            reason: "Too small".to_owned(),
            note: note.map(str::to_owned),
            refunded_cents,
            currency: Currency::EUR,
            email: None,
        })
    }

    #[test]
    fn each_status_has_a_kind_and_a_subject_of_its_own() {
        use ReturnStatus::{Approved, Received, Rejected, Requested};
        for status in [Requested, Approved, Rejected, Received] {
            let draft = told(status, None, None, 1);
            assert_eq!(draft.kind, format!("return_{}", status.as_str()));
            assert!(draft.is_repeatable && draft.subject.contains("order 7"), "{draft:?}");
            assert!(draft.message.ends_with("In this return:\n- 2 × Tea 1"), "{}", draft.message);
        }
        let declined = told(Rejected, Some("It was worn."), None, 1).message;
        assert!(declined.ends_with("\n\nOur note: It was worn."), "{declined}");
        assert!(told(Requested, None, None, 23).message.ends_with("- 2 × Tea 20\n- and 3 more"));
    }

    #[test]
    fn a_received_return_names_what_was_refunded() {
        let with = |cents| told(ReturnStatus::Received, None, Some(cents), 1).message;
        assert!(with(1299).contains("We have refunded €12.99."), "{}", with(1299));
        assert!(with(0).contains("They were refunded before."), "{}", with(0));
    }

    #[test]
    fn its_mail_lists_the_pieces_the_refund_and_the_note() {
        let facts = told(ReturnStatus::Received, Some("One cup was broken."), Some(1299), 2).facts;
        let kinds: Vec<&str> = facts
            .sections
            .iter()
            .map(|section| match section {
                Section::Lines { lines, .. } if lines.len() == 2 => "two lines",
                Section::Amounts { amounts } if amounts[0].amount.contains("12.99") => "refund",
                Section::Details { details, .. } if details[0].text == "One cup was broken." => "note",
                _ => "another",
            })
            .collect();
        assert_eq!(kinds, ["two lines", "refund", "note"]);
        assert!(facts.intro.unwrap().contains("are here"));
    }
}
