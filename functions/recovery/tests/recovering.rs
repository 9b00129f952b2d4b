//! Recovery after a crash at every boundary of the saga: the steps are taken as the saga takes
//! them, then nobody goes on, as after a kill.

use std::sync::Arc;

use checkout::{Charge, Processor, Simulated};
use domain::orders::{Basket, Draft, Priced, Status, Wanted};
use domain::payments::{Method, Payment, PaymentStatus};
use domain::{Money, OrderId, ProductId, UserId};
use postgres::reservations;
use postgres::saga::{self, Journey};
use serde_json::json;
use testkit::Bed;

/// How far a checkout came before its process died.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reached {
    Written,
    Held,
    Declined,
    Charged,
    Sold,
}

struct Shop {
    bed: Bed,
    app: recovery::App,
    processor: Arc<Simulated>,
    product: ProductId,
    user: UserId,
}

async fn open() -> Shop {
    let bed = Bed::new().await;
    let app = recovery::App::read(&bed.vars(), &bed.clock).unwrap();
    let dynamo = dynamo::Dynamo::new(dynamo::Config::read(&bed.vars()).unwrap());
    let payments = dynamo::Payments::new(dynamo, dynamo::Config::payments(&bed.vars()).unwrap());
    let (product, user) = (bed.product(1000, 10).await, bed.customer().await.id);
    Shop { bed, app, processor: Arc::new(Simulated::new(payments)), product, user }
}

impl Shop {
    fn draft(&self) -> Draft {
        let wanted: Wanted = serde_json::from_value(json!({"productId": self.product, "quantity": 2})).unwrap();
        let basket = Basket::of(&[wanted]).unwrap();
        let priced = Priced { product_id: self.product, name: "Tea".to_owned(), price: Money::from_cents(1000) };
        domain::orders::place(&basket, &[priced], None).unwrap()
    }

    /// Takes the saga's steps up to a point.
    async fn die_after(&self, reached: Reached) -> Journey {
        let mut orders = self.bed.database("ORDERDB_URL").acquire().await.unwrap();
        let (stem, now) = (self.bed.clock.new_uuid(), self.bed.clock.now());
        let journey =
            saga::begin_place(&mut orders, self.user, &self.draft(), &method(reached), stem, None, now).await.unwrap();
        let journey = journey.unwrap();
        self.walk(&journey, reached).await;
        journey
    }

    async fn walk(&self, journey: &Journey, reached: Reached) {
        let mut stock = self.bed.database("INVENTORYDB_URL").acquire().await.unwrap();
        if reached != Reached::Written {
            reservations::hold(&mut stock, journey.order, journey.attempt, &[(self.product, 2)], 900.0).await.unwrap();
        }
        if [Reached::Declined, Reached::Charged, Reached::Sold].contains(&reached) {
            self.processor.charge(&self.charge(journey)).await.unwrap();
        }
        if reached == Reached::Sold {
            reservations::sell(&mut stock, journey.order, journey.attempt).await.unwrap();
        }
    }

    fn charge(&self, journey: &Journey) -> Charge {
        Charge {
            payment: journey.payment,
            order: journey.order,
            user: journey.user,
            amount: journey.total,
            method: journey.method.clone(),
            at: self.bed.clock.now(),
        }
    }

    async fn begin_pay(&self, order: OrderId, reached: Reached) -> Journey {
        let mut db = self.bed.database("ORDERDB_URL").acquire().await.unwrap();
        let (stem, attempts) = (self.bed.clock.new_uuid(), domain::limits::PAYMENT_ATTEMPTS);
        match saga::begin_pay(&mut db, order, &method(reached), stem, None, attempts).await.unwrap() {
            saga::PayBegun::Begun(journey) => journey,
            other => panic!("{other:?}"),
        }
    }

    async fn begin_cancel(&self, order: OrderId) {
        let mut db = self.bed.database("ORDERDB_URL").acquire().await.unwrap();
        let seen = postgres::orders::find(&mut db, order).await.unwrap().unwrap();
        saga::begin_cancel(&mut db, &seen).await.unwrap().unwrap();
    }

    async fn status(&self, order: OrderId) -> Status {
        let mut db = self.bed.database("ORDERDB_URL").acquire().await.unwrap();
        postgres::orders::find(&mut db, order).await.unwrap().unwrap().status
    }

    async fn payment(&self, journey: &Journey) -> Payment {
        self.processor.find(journey.payment).await.unwrap().unwrap()
    }

    /// Two runs at once, as when one is slow and the schedule calls again.
    async fn recover(&self) {
        let (a, b) = tokio::join!(recovery::run_idle_for(&self.app, 0.0), recovery::run_idle_for(&self.app, 0.0));
        assert_eq!(a.unwrap().failures + b.unwrap().failures, 0);
        assert_eq!(self.bed.figure("ORDERDB_URL", "select count(*) from orders where step is not null").await, 0);
    }

    async fn events(&self) -> i64 {
        self.bed.figure("ORDERDB_URL", "select count(*) from outbox").await
    }
}

fn method(reached: Reached) -> Method {
    let token = if reached == Reached::Declined { "tok_declined" } else { "tok_visa" };
    Method::try_from(token.to_owned()).unwrap()
}

#[tokio::test]
async fn a_placing_that_died_is_finished_if_paid_and_undone_if_not() {
    let cases = [
        (Reached::Written, Status::Cancelled, PaymentStatus::Voided, 10, 0),
        (Reached::Held, Status::Cancelled, PaymentStatus::Voided, 10, 0),
        (Reached::Declined, Status::PaymentFailed, PaymentStatus::Declined, 10, 1),
        (Reached::Charged, Status::Confirmed, PaymentStatus::Captured, 8, 1),
        (Reached::Sold, Status::Confirmed, PaymentStatus::Captured, 8, 1),
    ];
    for (reached, status, paid, left, told) in cases {
        let shop = open().await;
        let journey = shop.die_after(reached).await;
        shop.recover().await;
        assert_eq!(shop.status(journey.order).await, status, "{reached:?}");
        assert_eq!(shop.bed.stock(shop.product).await, (left, 0), "{reached:?}");
        assert_eq!(shop.payment(&journey).await.status, paid, "{reached:?}");
        assert_eq!(shop.events().await, told, "{reached:?}");
        shop.recover().await;
        assert_eq!(shop.events().await, told, "{reached:?}, a second time");
    }
}

#[tokio::test]
async fn a_paying_again_that_died_is_finished_if_paid_and_undone_if_not() {
    let cases = [
        (Reached::Written, Status::PaymentFailed, 10),
        (Reached::Held, Status::PaymentFailed, 10),
        (Reached::Declined, Status::PaymentFailed, 10),
        (Reached::Charged, Status::Confirmed, 8),
        (Reached::Sold, Status::Confirmed, 8),
    ];
    for (reached, status, left) in cases {
        let shop = open().await;
        let first = shop.die_after(Reached::Declined).await;
        shop.recover().await;
        let again = shop.begin_pay(first.order, reached).await;
        shop.walk(&again, reached).await;
        shop.recover().await;
        assert_eq!(shop.status(first.order).await, status, "{reached:?}");
        assert_eq!(shop.bed.stock(shop.product).await, (left, 0), "{reached:?}");
        // payment_failed was told once, by the first attempt; confirmed once, if it came to that.
        let told = if status == Status::Confirmed { 2 } else { 1 };
        assert_eq!(shop.events().await, told, "{reached:?}");
    }
}

#[tokio::test]
async fn a_cancelling_that_died_is_carried_through() {
    for stock_went_back in [false, true] {
        let shop = open().await;
        let journey = shop.die_after(Reached::Sold).await;
        shop.recover().await;
        shop.begin_cancel(journey.order).await;
        if stock_went_back {
            let mut stock = shop.bed.database("INVENTORYDB_URL").acquire().await.unwrap();
            reservations::take_back(&mut stock, journey.order).await.unwrap();
        }
        shop.recover().await;
        assert_eq!(shop.status(journey.order).await, Status::Cancelled);
        assert_eq!(shop.bed.stock(shop.product).await, (10, 0));
        let payment = shop.payment(&journey).await;
        assert_eq!((payment.status, payment.refunds.len()), (PaymentStatus::Refunded, 1));
    }
}

#[tokio::test]
async fn who_wakes_up_late_can_neither_hold_nor_charge_nor_confirm() {
    let shop = open().await;
    let journey = shop.die_after(Reached::Written).await;
    shop.recover().await;
    let mut stock = shop.bed.database("INVENTORYDB_URL").acquire().await.unwrap();
    let held =
        reservations::hold(&mut stock, journey.order, journey.attempt, &[(shop.product, 2)], 900.0).await.unwrap();
    assert_eq!(held, reservations::Held::Fenced);
    let late = shop.processor.charge(&shop.charge(&journey)).await.unwrap();
    assert_eq!(late.status, PaymentStatus::Voided);
    let mut db = shop.bed.database("ORDERDB_URL").acquire().await.unwrap();
    let at = shop.bed.clock.now();
    let ending = saga::Ending { status: Status::Confirmed, detail: None, event: None, outcome: None, at };
    let ended = saga::end(&mut db, &journey, ending).await.unwrap();
    assert!(!ended);
    assert_eq!(shop.bed.stock(shop.product).await, (10, 0));
}

#[tokio::test]
async fn a_payment_that_came_after_its_hold_was_released_goes_back() {
    let shop = open().await;
    let journey = shop.die_after(Reached::Charged).await;
    let mut stock = shop.bed.database("INVENTORYDB_URL").acquire().await.unwrap();
    reservations::release(&mut stock, journey.order, journey.attempt, &[(shop.product, 2)]).await.unwrap();
    drop(stock);
    shop.recover().await;
    assert_eq!(shop.status(journey.order).await, Status::Cancelled);
    assert_eq!(shop.payment(&journey).await.kept(), Money::ZERO);
    assert_eq!(shop.bed.stock(shop.product).await, (10, 0));
}

#[tokio::test]
async fn a_hold_that_outlived_its_time_is_released_and_a_living_one_is_not() {
    let shop = open().await;
    let mut stock = shop.bed.database("INVENTORYDB_URL").acquire().await.unwrap();
    // Holds of orders that nobody knows any more.
    reservations::hold(&mut stock, OrderId::new(900_001), 1, &[(shop.product, 2)], 0.0).await.unwrap();
    reservations::hold(&mut stock, OrderId::new(900_002), 1, &[(shop.product, 3)], 900.0).await.unwrap();
    drop(stock);
    shop.recover().await;
    assert_eq!(shop.bed.stock(shop.product).await, (10, 3));
}

#[tokio::test]
async fn a_refund_that_died_is_carried_out_once() {
    let shop = open().await;
    let journey = shop.die_after(Reached::Sold).await;
    shop.recover().await;
    let intended = postgres::refunds::Intended {
        id: shop.bed.clock.new_uuid(),
        order: journey.order,
        payment: journey.payment,
        amount: Money::from_cents(500),
    };
    let mut db = shop.bed.database("ORDERDB_URL").acquire().await.unwrap();
    assert!(postgres::refunds::intend(&mut db, &intended, None, shop.bed.clock.now(), false).await.unwrap());
    drop(db);
    shop.recover().await;
    shop.recover().await;
    let payment = shop.payment(&journey).await;
    assert_eq!((payment.refunds.len(), payment.kept().cents()), (1, 1500));
    assert_eq!(shop.status(journey.order).await, Status::Confirmed);
    assert_eq!(shop.events().await, 2);
}
