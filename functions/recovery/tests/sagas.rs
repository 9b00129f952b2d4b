//! Recovery after a crash at every step of the saga: the steps are executed as the saga executes
//! them, then the process stops, as after a kill.

use std::sync::Arc;

use checkout::{Charge, Processor, SimulatedProcessor};
use domain::idempotency::ClaimOutcome;
use domain::orders::{
    Basket, BasketLine, OrderDraft, OrderRequest, OrderStatus, PricedProduct, RefundPlan, price_order,
};
use domain::payments::{Payment, PaymentMethod, PaymentStatus};
use domain::pricing::PricingRules;
use domain::{Money, OrderId, ProductId, UserId};
use serde_json::json;
use store_postgres::refunds::{PendingRefund, begin_refund};
use store_postgres::reservations::{self, Durability};
use store_postgres::saga::{self, BeginPlaceOutcome, SagaRun};
use testkit::TestEnv;

/// How far a checkout got before its process crashed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Progress {
    OrderWritten,
    Reserved,
    Declined,
    Charged,
    Committed,
}

struct Shop {
    test_env: TestEnv,
    app: recovery::App,
    processor: Arc<SimulatedProcessor>,
    product: ProductId,
    user: UserId,
}

async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let app = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&test_env.env()).unwrap());
    let payments = store_dynamo::Payments::new(dynamo, store_dynamo::Config::payments_table(&test_env.env()).unwrap());
    let (product, user) = (test_env.product(1000, 10).await, test_env.customer().await.id);
    Shop { test_env, app, processor: Arc::new(SimulatedProcessor::new(payments)), product, user }
}

impl Shop {
    fn draft(&self) -> OrderDraft {
        let wanted: BasketLine = serde_json::from_value(json!({"productId": self.product, "quantity": 2})).unwrap();
        let basket = Basket::from_lines(&[wanted]).unwrap();
        let priced = PricedProduct {
            product_id: self.product,
            name: "Tea".to_owned(),
            price: Money::from_cents(1000),
            category: None,
            stock: 10,
        };
        let now = self.test_env.clock.now();
        price_order(&OrderRequest::goods(&basket), &[priced], &PricingRules::default(), None, now).unwrap()
    }

    /// Executes the saga's steps up to this point.
    async fn crash_after(&self, reached: Progress) -> SagaRun {
        let mut orders = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        let (stem, now) = (self.test_env.clock.new_uuid(), self.test_env.clock.now());
        let begun = saga::begin_place(&mut orders, None, self.user, &self.draft(), &method(reached), stem, now).await;
        let BeginPlaceOutcome::Begun(ClaimOutcome::Claimed(saga_run)) = begun.unwrap() else {
            panic!("a request without a key begins")
        };
        self.take_steps(&saga_run, reached).await;
        saga_run
    }

    async fn take_steps(&self, saga_run: &SagaRun, reached: Progress) {
        let mut stock = self.test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
        if reached != Progress::OrderWritten {
            reservations::reserve(&mut stock, saga_run.order, saga_run.attempt, &[(self.product, 2)], 900.0)
                .await
                .unwrap();
        }
        if [Progress::Declined, Progress::Charged, Progress::Committed].contains(&reached) {
            self.processor.charge(&self.charge_request(saga_run)).await.unwrap();
        }
        if reached == Progress::Committed {
            let (order, attempt) = (saga_run.order, saga_run.attempt);
            reservations::commit_reservation(&mut stock, order, attempt, Durability::Own).await.unwrap();
        }
    }

    fn charge_request(&self, saga_run: &SagaRun) -> Charge {
        Charge {
            payment: saga_run.payment,
            order: saga_run.order,
            user: saga_run.user,
            amount: saga_run.total,
            method: saga_run.method.clone(),
            at: self.test_env.clock.now(),
        }
    }

    async fn begin_pay(&self, order: OrderId, reached: Progress) -> SagaRun {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        let (stem, attempts) = (self.test_env.clock.new_uuid(), domain::rate_limits::PAYMENT_ATTEMPTS);
        match saga::begin_pay(&mut db, order, &method(reached), stem, None, attempts).await.unwrap() {
            saga::BeginPayOutcome::Started(saga_run) => saga_run,
            other => panic!("{other:?}"),
        }
    }

    async fn begin_cancel(&self, order: OrderId) {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        let seen = store_postgres::orders::find(&mut db, order).await.unwrap().unwrap();
        saga::begin_cancel(&mut db, &seen).await.unwrap().unwrap();
    }

    async fn status(&self, order: OrderId) -> OrderStatus {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        store_postgres::orders::find(&mut db, order).await.unwrap().unwrap().status
    }

    async fn payment(&self, saga_run: &SagaRun) -> Payment {
        self.processor.find_payment(saga_run.payment).await.unwrap().unwrap()
    }

    /// Two concurrent runs, as if one is slow and the schedule starts another.
    async fn recover(&self) {
        let (a, b) = tokio::join!(
            recovery::run_with_idle_seconds(&self.app, 0.0),
            recovery::run_with_idle_seconds(&self.app, 0.0)
        );
        assert_eq!(a.unwrap().failures + b.unwrap().failures, 0);
        assert_eq!(
            self.test_env.query_scalar("ORDERDB_URL", "select count(*) from orders where step is not null").await,
            0
        );
    }

    async fn count_events(&self) -> i64 {
        self.test_env.query_scalar("ORDERDB_URL", "select count(*) from outbox").await
    }
}

fn method(reached: Progress) -> PaymentMethod {
    let token = if reached == Progress::Declined { "tok_declined" } else { "tok_visa" };
    PaymentMethod::try_from(token.to_owned()).unwrap()
}

#[tokio::test]
async fn a_crashed_placement_is_completed_if_paid_and_compensated_if_not() {
    let cases = [
        (Progress::OrderWritten, OrderStatus::Cancelled, PaymentStatus::Voided, 10, 0),
        (Progress::Reserved, OrderStatus::Cancelled, PaymentStatus::Voided, 10, 0),
        (Progress::Declined, OrderStatus::PaymentFailed, PaymentStatus::Declined, 10, 1),
        (Progress::Charged, OrderStatus::Confirmed, PaymentStatus::Captured, 8, 1),
        (Progress::Committed, OrderStatus::Confirmed, PaymentStatus::Captured, 8, 1),
    ];
    for (reached, status, paid, left, event_count) in cases {
        let shop = open().await;
        let saga_run = shop.crash_after(reached).await;
        shop.recover().await;
        assert_eq!(shop.status(saga_run.order).await, status, "{reached:?}");
        assert_eq!(shop.test_env.stock(shop.product).await, (left, 0), "{reached:?}");
        assert_eq!(shop.payment(&saga_run).await.status, paid, "{reached:?}");
        assert_eq!(shop.count_events().await, event_count, "{reached:?}");
        shop.recover().await;
        assert_eq!(shop.count_events().await, event_count, "{reached:?}, a second time");
    }
}

#[tokio::test]
async fn a_crashed_retry_of_payment_is_completed_if_paid_and_compensated_if_not() {
    let cases = [
        (Progress::OrderWritten, OrderStatus::PaymentFailed, 10),
        (Progress::Reserved, OrderStatus::PaymentFailed, 10),
        (Progress::Declined, OrderStatus::PaymentFailed, 10),
        (Progress::Charged, OrderStatus::Confirmed, 8),
        (Progress::Committed, OrderStatus::Confirmed, 8),
    ];
    for (reached, status, left) in cases {
        let shop = open().await;
        let first = shop.crash_after(Progress::Declined).await;
        shop.recover().await;
        let again = shop.begin_pay(first.order, reached).await;
        shop.take_steps(&again, reached).await;
        shop.recover().await;
        assert_eq!(shop.status(first.order).await, status, "{reached:?}");
        assert_eq!(shop.test_env.stock(shop.product).await, (left, 0), "{reached:?}");
        // payment_failed was published once, by the first attempt; confirmed once, if it got that
        // far.
        let event_count = if status == OrderStatus::Confirmed { 2 } else { 1 };
        assert_eq!(shop.count_events().await, event_count, "{reached:?}");
    }
}

#[tokio::test]
async fn a_crashed_cancellation_is_completed() {
    for stock_went_back in [false, true] {
        let shop = open().await;
        let saga_run = shop.crash_after(Progress::Committed).await;
        shop.recover().await;
        shop.begin_cancel(saga_run.order).await;
        if stock_went_back {
            let mut stock = shop.test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
            reservations::restock(&mut stock, saga_run.order).await.unwrap();
        }
        shop.recover().await;
        assert_eq!(shop.status(saga_run.order).await, OrderStatus::Cancelled);
        assert_eq!(shop.test_env.stock(shop.product).await, (10, 0));
        let payment = shop.payment(&saga_run).await;
        assert_eq!((payment.status, payment.refunds.len()), (PaymentStatus::Refunded, 1));
    }
}

#[tokio::test]
async fn a_late_request_can_neither_reserve_nor_charge_nor_confirm() {
    let shop = open().await;
    let saga_run = shop.crash_after(Progress::OrderWritten).await;
    shop.recover().await;
    let mut stock = shop.test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
    let held =
        reservations::reserve(&mut stock, saga_run.order, saga_run.attempt, &[(shop.product, 2)], 900.0).await.unwrap();
    assert_eq!(held, reservations::ReserveOutcome::Fenced);
    let late = shop.processor.charge(&shop.charge_request(&saga_run)).await.unwrap();
    assert_eq!(late.status, PaymentStatus::Voided);
    let mut db = shop.test_env.database("ORDERDB_URL").acquire().await.unwrap();
    let at = shop.test_env.clock.now();
    let ending = saga::Closing { status: OrderStatus::Confirmed, detail: None, event: None, outcome: None, at };
    let ended = saga::close(&mut db, &saga_run, ending).await.unwrap();
    assert!(!ended);
    assert_eq!(shop.test_env.stock(shop.product).await, (10, 0));
}

#[tokio::test]
async fn a_payment_captured_after_its_reservation_was_released_is_refunded() {
    let shop = open().await;
    let saga_run = shop.crash_after(Progress::Charged).await;
    let mut stock = shop.test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
    reservations::release_reservation(&mut stock, saga_run.order, saga_run.attempt, &[(shop.product, 2)])
        .await
        .unwrap();
    drop(stock);
    shop.recover().await;
    assert_eq!(shop.status(saga_run.order).await, OrderStatus::Cancelled);
    assert_eq!(shop.payment(&saga_run).await.net_amount(), Money::ZERO);
    assert_eq!(shop.test_env.stock(shop.product).await, (10, 0));
}

#[tokio::test]
async fn an_expired_reservation_is_released_and_a_live_one_is_not() {
    let shop = open().await;
    let mut stock = shop.test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
    // Reservations of orders that no longer exist.
    reservations::reserve(&mut stock, OrderId::new(900_001), 1, &[(shop.product, 2)], 0.0).await.unwrap();
    reservations::reserve(&mut stock, OrderId::new(900_002), 1, &[(shop.product, 3)], 900.0).await.unwrap();
    drop(stock);
    shop.recover().await;
    assert_eq!(shop.test_env.stock(shop.product).await, (10, 3));
}

#[tokio::test]
async fn a_crashed_refund_is_executed_once() {
    let shop = open().await;
    let saga_run = shop.crash_after(Progress::Committed).await;
    shop.recover().await;
    let id = shop.test_env.clock.new_uuid();
    let mut intended = PendingRefund::of_amount(id, saga_run.order, saga_run.payment, Money::from_cents(500));
    let mut db = shop.test_env.database("ORDERDB_URL").acquire().await.unwrap();
    let (plan, now) = (RefundPlan::default(), shop.test_env.clock.now());
    assert!(begin_refund(&mut db, &mut intended, &plan, None, now).await.unwrap());
    drop(db);
    shop.recover().await;
    shop.recover().await;
    let payment = shop.payment(&saga_run).await;
    assert_eq!((payment.refunds.len(), payment.net_amount().cents()), (1, 1500));
    assert_eq!(shop.status(saga_run.order).await, OrderStatus::Confirmed);
    assert_eq!(shop.count_events().await, 2);
}
