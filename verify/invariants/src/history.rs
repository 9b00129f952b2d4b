//! The responses that clients got: a file of JSON lines that `workload` writes while it drives a
//! shop, and that the checker compares with the stores afterwards.
//!
//! A line is written once a response has arrived, in one write, so that a killed writer leaves at
//! most its last line incomplete. Requests without a response are not in it: nothing was promised
//! to anyone.

use std::io::{self, BufRead};

use domain::{EventId, Money, OrderId, PaymentId, ProductId, ReviewId, UserId};
use serde::{Deserialize, Serialize};

/// One response that promised something: a line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Acknowledged {
    /// A sign-up with the response 201.
    Signup { user_id: UserId },
    /// An order was placed: 201, or 402 with the order that waits for a payment.
    Order {
        order_id: OrderId,
        user_id: UserId,
        /// The total in the response.
        total: Money,
        status: OrderOutcome,
        /// The lines of the response: each product once.
        items: Vec<OrderedItem>,
        /// The `Idempotency-Key` that was sent; a repeated one is written with each response.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// An order was paid through `POST /api/payments`: 201.
    Payment { payment_id: PaymentId, order_id: OrderId, amount: Money },
    /// An order was cancelled: 200.
    Cancel { order_id: OrderId },
    /// A refund with the response 201.
    Refund {
        payment_id: PaymentId,
        /// The id of the refund within the payment.
        refund_id: String,
        amount: Money,
    },
    /// A review was written: 201. Its later changes are not part of a history.
    Review {
        review_id: ReviewId,
        product_id: ProductId,
        user_id: UserId,
        /// From 1 to 5 stars.
        rating: u8,
    },
    /// A review was deleted: 204.
    ReviewDeleted { review_id: ReviewId },
    /// An analytics event was accepted: 201.
    Event {
        /// Its id in the response.
        event_id: EventId,
    },
    /// An admin set a stock: 200 to `{quantity}`.
    Stock { product_id: ProductId, quantity: i32 },
}

/// The response to placing an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// The response had status 201.
    Confirmed,
    /// 402: the card was declined, the order waits for a payment.
    PaymentFailed,
}

/// A line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderedItem {
    pub product_id: ProductId,
    pub quantity: i32,
}

impl Acknowledged {
    /// The line to append, including its line end: write it with one call.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("plain data without maps");
        line.push('\n');
        line
    }
}

/// All responses that clients got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In the order of the responses.
    pub acknowledged: Vec<Acknowledged>,
    /// The number of files whose last line is incomplete because their writer was killed.
    pub truncated_files: usize,
}

/// Why a file is no history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A line that is no [`Acknowledged`], and not the incomplete last one.
    #[error("line {line}: {error}")]
    InvalidLine {
        /// Its number, from 1.
        line: usize,
        error: serde_json::Error,
    },
}

impl History {
    /// Reads lines up to the end; several files may be combined with [`History::merge`].
    ///
    /// # Errors
    /// When a line cannot be read or parsed. A last line without its end is tolerated, and counted
    /// in [`History::truncated_files`].
    pub fn read(mut lines: impl BufRead) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            if lines.read_until(b'\n', &mut text)? == 0 {
                break;
            }
            let complete = text.ends_with(b"\n");
            if text.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(&text) {
                Ok(acknowledged) => history.acknowledged.push(acknowledged),
                Err(_) if !complete => history.truncated_files += 1,
                Err(error) => return Err(HistoryError::InvalidLine { line, error }),
            }
        }
        Ok(history)
    }

    /// Combines this history with another one of the same shop.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.acknowledged.extend(other.acknowledged);
        self.truncated_files += other.truncated_files;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line of each kind, as another program would write it.
    const LINES: &str = r#"{"kind":"signup","userId":1}
{"kind":"order","orderId":1,"userId":1,"total":12.5,"status":"confirmed","items":[{"productId":1,"quantity":2}],"key":"k"}
{"kind":"order","orderId":2,"userId":1,"total":12,"status":"payment_failed","items":[]}
{"kind":"payment","paymentId":"0197a1b2-0000-7000-8000-000000000001","orderId":1,"amount":12.5}
{"kind":"cancel","orderId":1}
{"kind":"refund","paymentId":"0197a1b2-0000-7000-8000-000000000001","refundId":"r","amount":1.0}
{"kind":"review","reviewId":"0123456789abcdef01234567","productId":1,"userId":1,"rating":5}
{"kind":"review_deleted","reviewId":"0123456789abcdef01234567"}
{"kind":"event","eventId":"0197a1b2-0000-7000-8000-000000000002"}
{"kind":"stock","productId":1,"quantity":10}
"#;

    #[test]
    fn every_kind_survives_a_round_trip() {
        let history = History::read(LINES.as_bytes()).unwrap();
        assert_eq!((history.acknowledged.len(), history.truncated_files), (10, 0));
        let written: String = history.acknowledged.iter().map(Acknowledged::to_line).collect();
        assert_eq!(History::read(written.as_bytes()).unwrap(), history);
    }

    #[test]
    fn a_killed_writer_leaves_at_most_its_last_line_incomplete() {
        // From the first byte of the last line to all of it but its end.
        let last = LINES.trim_end().rfind('\n').unwrap() + 1;
        for cut in last + 1..LINES.len() - 1 {
            let history = History::read(&LINES.as_bytes()[..cut]).unwrap();
            assert_eq!((history.acknowledged.len(), history.truncated_files), (9, 1), "{cut}");
        }
        let all = History::read(LINES.trim_end().as_bytes()).unwrap();
        assert_eq!((all.acknowledged.len(), all.truncated_files), (10, 0));
    }

    #[test]
    fn an_invalid_line_is_reported_by_its_number() {
        for bad in [
            r#"{"kind":"gift","userId":1}"#,
            r#"{"kind":"signup"}"#,
            r#"{"kind":"signup","userId":0}"#,
            r#"{"kind":"signup","userId":1,"email":"ada@example.org"}"#,
            r#"{"kind":"order","orderId":1,"userId":1,"total":1,"status":"pending","items":[]}"#,
            r#"{"kind":"payment","paymentId":"7","orderId":1,"amount":1}"#,
            r#"{"kind":"refund","paymentId":"0197a1b2-0000-7000-8000-000000000001","refundId":"r","amount":-1}"#,
            r#"{"kind":"cancel","orderId":1"#,
        ] {
            let file = format!("{LINES}{bad}\n{LINES}");
            let rejected = History::read(file.as_bytes()).unwrap_err().to_string();
            assert!(rejected.starts_with("line 11: "), "{bad}: {rejected}");
        }
    }
}
