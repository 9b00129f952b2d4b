//! Payments on a real DynamoDB: who comes second, whoever it is, finds what the first one wrote.

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Money, OrderId, PaymentId, UserId};
use dynamo::payments::{Recorded, Refunding};
use dynamo::{Config, Dynamo, Payments};
use futures::future::join_all;
use runtime::Clock;
use testkit::Bed;

const ORDER: OrderId = OrderId::new(7);

fn payments(bed: &Bed) -> Payments {
    let vars = bed.vars();
    Payments::new(Dynamo::new(Config::read(&vars).unwrap()), Config::payments(&vars).unwrap())
}

fn payment(bed: &Bed, cents: i64) -> Payment {
    let now = bed.clock.now();
    Payment {
        id: PaymentId::for_order(ORDER, bed.clock.new_uuid()),
        order_id: ORDER,
        user_id: UserId::new(3),
        amount: Money::from_cents(cents),
        status: PaymentStatus::Captured,
        method: "tok_visa".to_owned(),
        transaction_id: Some("tx_1".to_owned()),
        decline_reason: None,
        refunds: Vec::new(),
        created_at: now,
    }
}

fn refund(bed: &Bed, id: impl Into<String>, cents: i64) -> Refund {
    Refund { id: id.into(), amount: Money::from_cents(cents), created_at: bed.clock.now() }
}

fn is_new(recorded: &Recorded) -> bool {
    matches!(recorded, Recorded::New(_))
}

#[tokio::test]
async fn a_payment_comes_back_as_it_was_written() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let captured = Payment { refunds: vec![refund(&bed, "r", 5)], ..payment(&bed, 109_990) };
    let mut declined = payment(&bed, 1);
    (declined.status, declined.transaction_id) = (PaymentStatus::Declined, None);
    declined.decline_reason = Some("insufficient_funds".to_owned());
    for written in [captured, declined] {
        assert_eq!(table.record(&written).await.unwrap(), Recorded::New(written.clone()));
        assert_eq!(table.find(written.id).await.unwrap(), Some(written));
    }
    assert_eq!(table.find(payment(&bed, 1).id).await.unwrap(), None);
    assert_eq!(table.find(PaymentId::new(uuid::Uuid::nil())).await.unwrap(), None);
}

#[tokio::test]
async fn of_fifty_at_once_one_is_recorded() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let tries: Vec<Payment> = (0..50).map(|amount| payment(&bed, amount)).collect();
    let tries: Vec<Payment> = tries.iter().map(|one| Payment { id: tries[0].id, ..one.clone() }).collect();
    let answers: Vec<Recorded> = join_all(tries.iter().map(async |one| table.record(one).await.unwrap())).await;
    assert_eq!(answers.iter().filter(|answer| is_new(answer)).count(), 1);
    let stored = table.find(tries[0].id).await.unwrap().unwrap();
    assert!(answers.into_iter().all(|answer| answer.into_payment() == stored));
}

#[tokio::test]
async fn a_void_and_a_charge_exclude_each_other() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    for _ in 0..20 {
        let charge = payment(&bed, 100);
        let tombstone = Payment { status: PaymentStatus::Voided, transaction_id: None, ..charge.clone() };
        let (charged, voided) = tokio::join!(table.record(&charge), table.void(&tombstone));
        let (charged, voided) = (charged.unwrap(), voided.unwrap());
        assert_ne!(is_new(&charged), is_new(&voided));
        assert_eq!(charged.into_payment(), voided.into_payment());
    }
    assert!(table.void(&payment(&bed, 1)).await.is_err(), "only a voided payment is a tombstone");
}

#[tokio::test]
async fn an_order_has_its_payments_oldest_first_and_nothing_else() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let mut written = Vec::new();
    let clock = Clock::stopped(bed.clock.now());
    for _ in 0..3 {
        clock.advance(1);
        let id = PaymentId::for_order(ORDER, clock.new_uuid());
        written.push(Payment { id, ..payment(&bed, 1) });
    }
    for one in written.iter().rev() {
        table.record(one).await.unwrap();
    }
    table.mark_error_once(written[0].id).await.unwrap();
    let other = Payment {
        id: PaymentId::for_order(OrderId::new(77), bed.clock.new_uuid()),
        order_id: OrderId::new(77),
        ..payment(&bed, 1)
    };
    table.record(&other).await.unwrap();
    assert_eq!(table.of_order(ORDER).await.unwrap(), written);
    assert_eq!(table.of_order(OrderId::new(8)).await.unwrap(), []);
}

#[tokio::test]
async fn a_payment_whose_id_names_another_order_is_refused() {
    let bed = Bed::new().await;
    let stray = Payment { order_id: OrderId::new(8), ..payment(&bed, 1) };
    let refused = payments(&bed).record(&stray).await.unwrap_err();
    assert!(!refused.is_unavailable(), "{refused}");
}

#[tokio::test]
async fn concurrent_refunds_never_pass_what_was_captured() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let paid = payment(&bed, 100);
    table.record(&paid).await.unwrap();
    let one = async |n: i32| table.refund(paid.id, &refund(&bed, format!("r{n}"), 10)).await.unwrap();
    let answers = join_all((0..20).map(one)).await;
    let done = answers.iter().filter(|answer| matches!(answer, Refunding::Done(_))).count();
    assert_eq!(done, 10);
    let late = |answer: &&Refunding| matches!(answer, Refunding::NotRefundable(PaymentStatus::Refunded));
    assert_eq!(answers.iter().filter(late).count(), 10);
    let now = table.find(paid.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.kept(), now.refunds.len()), (PaymentStatus::Refunded, Money::ZERO, 10));
}

#[tokio::test]
async fn one_refund_asked_for_often_is_made_once() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let paid = payment(&bed, 100);
    table.record(&paid).await.unwrap();
    let same = refund(&bed, "r", 30);
    let answers = join_all((0..20).map(async |_| table.refund(paid.id, &same).await.unwrap())).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Refunding::Done(_))).count(), 1);
    let now = table.find(paid.id).await.unwrap().unwrap();
    assert_eq!((now.status, &now.refunds[..]), (PaymentStatus::PartiallyRefunded, &[same][..]));
    assert!(answers.iter().all(|a| *a == Refunding::Done(now.clone()) || *a == Refunding::Repeated(now.clone())));
    let more = table.refund(paid.id, &refund(&bed, "s", 71)).await.unwrap();
    assert_eq!(more, Refunding::TooLarge { left: Money::from_cents(70) });
    let nobody = payment(&bed, 1).id;
    assert_eq!(table.refund(nobody, &refund(&bed, "s", 1)).await.unwrap(), Refunding::Missing);
}

#[tokio::test]
async fn the_planned_failure_happens_once_per_key() {
    let bed = Bed::new().await;
    let table = payments(&bed);
    let (a, b) = (payment(&bed, 1).id, payment(&bed, 1).id);
    let answers = join_all((0..10).map(async |_| table.mark_error_once(a).await.unwrap())).await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert!(table.mark_error_once(b).await.unwrap());
    assert!(!table.mark_error_once(PaymentId::new(uuid::Uuid::nil())).await.unwrap());
}

#[tokio::test]
async fn tables_are_made_once_however_often() {
    let bed = Bed::new().await;
    let dynamo = Dynamo::new(Config::read(&bed.vars()).unwrap());
    dynamo::provision::create(dynamo.client().await, &bed.prefix).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_away_is_told_in_time() {
    let bed = Bed::new().await;
    // A listener that never answers: connections open and stay silent.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for url in [format!("http://{}", silent.local_addr().unwrap()), "http://127.0.0.1:1".to_owned()] {
        let vars = bed.vars_with(&[("AWS_ENDPOINT_URL_DYNAMODB", &url)]);
        let table = Payments::new(Dynamo::new(Config::read(&vars).unwrap()), Config::payments(&vars).unwrap());
        let start = tokio::time::Instant::now();
        let away = table.record(&payment(&bed, 1)).await.unwrap_err();
        assert!(away.is_unavailable(), "{away}");
        assert!(start.elapsed() < std::time::Duration::from_millis(2500), "{:?}", start.elapsed());
    }
}
