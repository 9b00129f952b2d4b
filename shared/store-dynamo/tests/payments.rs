//! Payments on a real DynamoDB: a later writer always finds what the first one wrote.

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Money, OrderId, PaymentId, UserId};
use futures::future::join_all;
use runtime::Clock;
use store_dynamo::payments::{RecordOutcome, RefundOutcome};
use store_dynamo::{Config, Dynamo, Payments};
use testkit::TestEnv;

const ORDER: OrderId = OrderId::new(7);

fn payments(test_env: &TestEnv) -> Payments {
    let env = test_env.env();
    Payments::new(Dynamo::new(Config::from_env(&env).unwrap()), Config::payments_table(&env).unwrap())
}

fn payment(test_env: &TestEnv, cents: i64) -> Payment {
    let now = test_env.clock.now();
    Payment {
        id: PaymentId::for_order(ORDER, test_env.clock.new_uuid()),
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

fn refund(test_env: &TestEnv, id: impl Into<String>, cents: i64) -> Refund {
    Refund::of_amount(id, Money::from_cents(cents), test_env.clock.now())
}

fn is_new(recorded: &RecordOutcome) -> bool {
    matches!(recorded, RecordOutcome::Inserted(_))
}

#[tokio::test]
async fn a_payment_comes_back_as_it_was_written() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let captured = Payment { refunds: vec![refund(&test_env, "r", 5)], ..payment(&test_env, 109_990) };
    let mut declined = payment(&test_env, 1);
    (declined.status, declined.transaction_id) = (PaymentStatus::Declined, None);
    declined.decline_reason = Some("insufficient_funds".to_owned());
    for written in [captured, declined] {
        assert_eq!(table.record_charge(&written).await.unwrap(), RecordOutcome::Inserted(written.clone()));
        assert_eq!(table.find(written.id).await.unwrap(), Some(written));
    }
    assert_eq!(table.find(payment(&test_env, 1).id).await.unwrap(), None);
    assert_eq!(table.find(PaymentId::new(uuid::Uuid::nil())).await.unwrap(), None);
}

#[tokio::test]
async fn of_fifty_concurrent_charges_one_is_recorded() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let tries: Vec<Payment> = (0..50).map(|amount| payment(&test_env, amount)).collect();
    let tries: Vec<Payment> = tries.iter().map(|one| Payment { id: tries[0].id, ..one.clone() }).collect();
    let responses: Vec<RecordOutcome> =
        join_all(tries.iter().map(async |one| table.record_charge(one).await.unwrap())).await;
    assert_eq!(responses.iter().filter(|response| is_new(response)).count(), 1);
    let stored = table.find(tries[0].id).await.unwrap().unwrap();
    assert!(responses.into_iter().all(|response| response.into_payment() == stored));
}

#[tokio::test]
async fn a_void_and_a_charge_exclude_each_other() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    for _ in 0..20 {
        let charge = payment(&test_env, 100);
        let tombstone = Payment { status: PaymentStatus::Voided, transaction_id: None, ..charge.clone() };
        let (charged, voided) = tokio::join!(table.record_charge(&charge), table.void(&tombstone));
        let (charged, voided) = (charged.unwrap(), voided.unwrap());
        assert_ne!(is_new(&charged), is_new(&voided));
        assert_eq!(charged.into_payment(), voided.into_payment());
    }
    assert!(table.void(&payment(&test_env, 1)).await.is_err(), "only a voided payment is a tombstone");
}

#[tokio::test]
async fn an_order_has_its_payments_oldest_first_and_nothing_else() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let mut written = Vec::new();
    let clock = Clock::stopped(test_env.clock.now());
    for _ in 0..3 {
        clock.advance(1);
        let id = PaymentId::for_order(ORDER, clock.new_uuid());
        written.push(Payment { id, ..payment(&test_env, 1) });
    }
    for one in written.iter().rev() {
        table.record_charge(one).await.unwrap();
    }
    table.mark_error_once(written[0].id).await.unwrap();
    let other = Payment {
        id: PaymentId::for_order(OrderId::new(77), test_env.clock.new_uuid()),
        order_id: OrderId::new(77),
        ..payment(&test_env, 1)
    };
    table.record_charge(&other).await.unwrap();
    assert_eq!(table.list_of_order(ORDER).await.unwrap(), written);
    assert_eq!(table.list_of_order(OrderId::new(8)).await.unwrap(), []);
}

#[tokio::test]
async fn a_payment_whose_id_names_another_order_is_rejected() {
    let test_env = TestEnv::new().await;
    let stray = Payment { order_id: OrderId::new(8), ..payment(&test_env, 1) };
    let rejected = payments(&test_env).record_charge(&stray).await.unwrap_err();
    assert!(!rejected.is_unavailable(), "{rejected}");
}

#[tokio::test]
async fn concurrent_refunds_never_pass_what_was_captured() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let paid = payment(&test_env, 100);
    table.record_charge(&paid).await.unwrap();
    let one = async |n: i32| table.refund(paid.id, &refund(&test_env, format!("r{n}"), 10)).await.unwrap();
    let responses = join_all((0..20).map(one)).await;
    let done = responses.iter().filter(|response| matches!(response, RefundOutcome::Refunded(_))).count();
    assert_eq!(done, 10);
    let late = |response: &&RefundOutcome| matches!(response, RefundOutcome::NotRefundable(PaymentStatus::Refunded));
    assert_eq!(responses.iter().filter(late).count(), 10);
    let now = table.find(paid.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.net_amount(), now.refunds.len()), (PaymentStatus::Refunded, Money::ZERO, 10));
}

#[tokio::test]
async fn a_repeated_refund_is_made_once() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let paid = payment(&test_env, 100);
    table.record_charge(&paid).await.unwrap();
    let same = refund(&test_env, "r", 30);
    let responses = join_all((0..20).map(async |_| table.refund(paid.id, &same).await.unwrap())).await;
    assert_eq!(responses.iter().filter(|response| matches!(response, RefundOutcome::Refunded(_))).count(), 1);
    let now = table.find(paid.id).await.unwrap().unwrap();
    assert_eq!((now.status, &now.refunds[..]), (PaymentStatus::PartiallyRefunded, &[same][..]));
    assert!(
        responses
            .iter()
            .all(|a| *a == RefundOutcome::Refunded(now.clone()) || *a == RefundOutcome::Duplicate(now.clone()))
    );
    let more = table.refund(paid.id, &refund(&test_env, "s", 71)).await.unwrap();
    assert_eq!(more, RefundOutcome::TooLarge { refundable: Money::from_cents(70) });
    let nobody = payment(&test_env, 1).id;
    assert_eq!(table.refund(nobody, &refund(&test_env, "s", 1)).await.unwrap(), RefundOutcome::NotFound);
}

#[tokio::test]
async fn the_simulated_failure_happens_once_per_key() {
    let test_env = TestEnv::new().await;
    let table = payments(&test_env);
    let (a, b) = (payment(&test_env, 1).id, payment(&test_env, 1).id);
    let responses = join_all((0..10).map(async |_| table.mark_error_once(a).await.unwrap())).await;
    assert_eq!(responses.into_iter().filter(|first| *first).count(), 1);
    assert!(table.mark_error_once(b).await.unwrap());
    assert!(!table.mark_error_once(PaymentId::new(uuid::Uuid::nil())).await.unwrap());
}

#[tokio::test]
async fn creating_tables_is_idempotent() {
    let test_env = TestEnv::new().await;
    let dynamo = Dynamo::new(Config::from_env(&test_env.env()).unwrap());
    store_dynamo::provision::create_tables(dynamo.client().await, &test_env.prefix).await.unwrap();
}

#[tokio::test]
async fn an_unreachable_store_fails_within_its_timeout() {
    let test_env = TestEnv::new().await;
    // A listener that never responds: connections are accepted and stay silent.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for url in [format!("http://{}", silent.local_addr().unwrap()), "http://127.0.0.1:1".to_owned()] {
        let env = test_env.env_with(&[("AWS_ENDPOINT_URL_DYNAMODB", &url)]);
        let table = Payments::new(Dynamo::new(Config::from_env(&env).unwrap()), Config::payments_table(&env).unwrap());
        let start = tokio::time::Instant::now();
        let away = table.record_charge(&payment(&test_env, 1)).await.unwrap_err();
        assert!(away.is_unavailable(), "{away}");
        assert!(start.elapsed() < std::time::Duration::from_millis(2500), "{:?}", start.elapsed());
    }
}
