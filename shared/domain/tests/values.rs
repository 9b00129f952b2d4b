//! How values are written and parsed: the texts that stores, logs and clients rely on.

use domain::events::{
    DomainEvent, OrderStatusChanged, ProductChanged, Queue, RatingChanged, RefundIssued, ReturnChanged,
    ReviewChangeKind, ReviewChanged, StockChanged,
};
use domain::orders::{OrderStatus, ReturnStatus};
use domain::rate_limits::{BucketLocation, RequestClass};
use domain::{
    Cursor, DecodedCursor, Money, OrderId, PageSize, Problem, ProblemKind, ProductId, ReturnId, ReviewId, Timestamp,
    UserId,
};
use serde_json::json;

#[test]
fn queues_are_named_as_the_template_names_them() {
    assert_eq!(Queue::ALL.map(Queue::name), ["notification", "analytics", "catalog"]);
}

fn order(status: OrderStatus) -> DomainEvent {
    DomainEvent::OrderStatusChanged(OrderStatusChanged {
        order_id: OrderId::new(7),
        user_id: UserId::new(1),
        status,
        was: None,
        total_cents: 0,
        currency: domain::pricing::Currency::EUR,
        summary: None,
        refunded_cents: 0,
        items: vec![],
        reason: None,
        fulfilment: None,
    })
}

fn review(change: ReviewChangeKind) -> DomainEvent {
    let review_id = ReviewId::generate_at(Timestamp::from_millis(0), 0);
    let (product_id, user_id) = (ProductId::new(2), UserId::new(1));
    DomainEvent::ReviewChanged(ReviewChanged {
        change,
        review_id,
        product_id,
        user_id,
        rating: 5,
        previous_rating: None,
    })
}

fn returned(status: ReturnStatus) -> DomainEvent {
    DomainEvent::ReturnChanged(ReturnChanged {
        return_id: ReturnId::new(uuid::Uuid::nil()),
        order_id: OrderId::new(7),
        user_id: UserId::new(1),
        status,
        items: Vec::new(),
        reason: "Too small".to_owned(),
        note: None,
        refunded_cents: None,
        currency: domain::pricing::Currency::EUR,
        email: None,
    })
}

#[test]
fn a_refund_of_a_return_is_told_by_the_return_alone() {
    let (return_id, currency) = (Some(ReturnId::new(uuid::Uuid::nil())), domain::pricing::Currency::EUR);
    let (order_id, user_id) = (OrderId::new(7), UserId::new(1));
    let refund = |return_id| {
        DomainEvent::RefundIssued(RefundIssued { order_id, user_id, amount_cents: 1, currency, return_id, email: None })
    };
    assert_eq!(refund(None).queues(), [Queue::Notification, Queue::Analytics]);
    assert_eq!(refund(return_id).queues(), [Queue::Analytics]);
    assert_eq!(returned(ReturnStatus::Received).queues(), [Queue::Notification]);
    assert_eq!(domain::notifications::render(&refund(return_id)), None);
}

#[test]
fn a_domain_event_has_a_name_and_perhaps_an_order_id() {
    let product_id = ProductId::new(2);
    let refund = RefundIssued {
        order_id: OrderId::new(7),
        user_id: UserId::new(1),
        amount_cents: 1,
        currency: domain::pricing::Currency::EUR,
        return_id: None,
        email: None,
    };
    for (event, name, about) in [
        (order(OrderStatus::Pending), "order.pending", Some(7)),
        (order(OrderStatus::Confirmed), "order.confirmed", Some(7)),
        (order(OrderStatus::PartiallyShipped), "order.partially_shipped", Some(7)),
        (order(OrderStatus::Shipped), "order.shipped", Some(7)),
        (order(OrderStatus::Delivered), "order.delivered", Some(7)),
        (order(OrderStatus::PaymentFailed), "order.payment_failed", Some(7)),
        (order(OrderStatus::Cancelled), "order.cancelled", Some(7)),
        (DomainEvent::RefundIssued(refund), "payment.refunded", Some(7)),
        (returned(ReturnStatus::Requested), "return.requested", Some(7)),
        (returned(ReturnStatus::Approved), "return.approved", Some(7)),
        (returned(ReturnStatus::Rejected), "return.rejected", Some(7)),
        (returned(ReturnStatus::Received), "return.received", Some(7)),
        (DomainEvent::StockChanged(StockChanged { product_id, available: 1, version: 1 }), "stock.changed", None),
        (review(ReviewChangeKind::Created), "review.created", None),
        (review(ReviewChangeKind::Updated), "review.updated", None),
        (review(ReviewChangeKind::Deleted), "review.deleted", None),
        (
            DomainEvent::RatingChanged(RatingChanged { product_id, count: 1, sum: 5, version: 1 }),
            "rating.changed",
            None,
        ),
        (DomainEvent::ProductChanged(ProductChanged { product_id }), "product.changed", None),
    ] {
        assert_eq!((event.name(), event.order_id().map(OrderId::get)), (name, about));
    }
}

#[test]
fn a_review_id_is_24_lower_case_hex_digits() {
    let id = "0123456789abcdef01234567";
    assert_eq!(id.parse::<ReviewId>().unwrap().to_string(), id);
    for bad in [&id[1..], &format!("{id}0"), &id.to_uppercase(), &id.replace('f', "g"), ""] {
        assert!(bad.parse::<ReviewId>().is_err(), "{bad:?} was read");
    }
}

#[test]
fn money_is_written_with_two_decimals_in_text_and_as_the_shortest_number_in_json() {
    for (cents, text, number) in [
        (0, "0.00", "0"),
        (5, "0.05", "0.05"),
        (57, "0.57", "0.57"),
        (100, "1.00", "1"),
        (110_990, "1109.90", "1109.9"),
        (-5, "-0.05", "-0.05"),
        (-12_300, "-123.00", "-123"),
    ] {
        let money = Money::from_cents(cents);
        assert_eq!((money.to_string(), json!(money).to_string()), (text.to_owned(), number.to_owned()));
    }
}

#[test]
fn a_page_has_1_to_100_rows_and_asks_for_one_more() {
    let read = |value: serde_json::Value| serde_json::from_value::<PageSize>(value).ok().map(PageSize::rows);
    assert_eq!([1, 50, 100].map(|rows| read(json!(rows))), [1, 50, 100].map(Some));
    assert_eq!([json!(0), json!(101), json!(65_537), json!(-1), json!("x")].map(read), [None; 5]);
    assert_eq!([1, 50, 100].map(|rows| PageSize::new(rows).unwrap().fetch_limit()), [2, 51, 101]);
}

#[test]
fn a_cursor_stands_in_a_url_as_it_is_and_has_a_longest_form() {
    let cursor = Cursor::encode(&7);
    assert_eq!(cursor.as_str(), "Nw");
    // Three bytes of JSON are four letters: 1,536 bytes are the 2,048 letters that are accepted.
    let read = |bytes: usize| {
        let cursor = Cursor::encode(&"x".repeat(bytes - 2));
        let after = serde_json::from_value::<DecodedCursor<String>>(json!(cursor.as_str())).ok();
        after.and_then(|after| after.into_key(|_| true).ok())
    };
    assert_eq!(read(1_536).map(|key| key.len()), Some(1_534));
    assert_eq!(read(1_537), None);
}

#[test]
fn a_problem_shows_its_code_and_logs_its_cause() {
    let problem = Problem::conflict("sold_out", "There is none left.").with_cause("stock was 0");
    assert_eq!((problem.code(), problem.kind()), ("sold_out", ProblemKind::Conflict));
    assert_eq!(problem.to_string(), "sold_out: There is none left. (stock was 0)");
}

#[test]
fn an_idempotent_response_is_kept_for_a_day() {
    assert_eq!(domain::idempotency::RETENTION_SECONDS, 86_400);
}

/// Every instance counts reads by itself: one more round trip would cost more than the read.
#[test]
fn reads_alone_are_counted_per_instance() {
    let alone =
        RequestClass::ALL.iter().copied().filter(|class| class.bucket_location() == BucketLocation::PerInstance);
    assert_eq!(alone.collect::<Vec<_>>(), [RequestClass::Read, RequestClass::Readiness]);
}
