//! Orders of guests whom an account has claimed: recovery moves what is left, and stops looking.

use domain::events::{DomainEvent, EventEnvelope, OrderTakenOver};
use domain::{OrderId, UserId};
use runtime::Clock;
use serde_json::json;
use testkit::{TestClient, TestEnv, TestUser};

/// How long recovery keeps looking for orders of a claimed guest.
const SETTLED_AFTER_SECONDS: i64 = 15 * 60;

struct Shop {
    test_env: TestEnv,
    clock: Clock,
    recovery: recovery::App,
    orders: TestClient,
    guest: TestUser,
    account: TestUser,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let clock = Clock::stopped(test_env.clock.now());
        let recovery = recovery::App::from_env(&test_env.env(), &clock).unwrap();
        let orders = orders::App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let orders = test_env.client(orders::router(orders, &test_env.http_stack()));
        let (guest, account) = (test_env.guest().await, test_env.customer().await);
        Self { test_env, clock, recovery, orders, guest, account }
    }

    async fn buy(&self) -> i32 {
        let product = self.test_env.product(1000, 10).await;
        let body = json!({"items": [{"productId": product, "quantity": 1}]});
        let placed = self.orders.as_user(&self.guest).post("/api/orders", body).await.expect(201).json();
        i32::try_from(placed["id"].as_i64().unwrap()).unwrap()
    }

    async fn claim(&self) {
        let mut db = self.test_env.connection("USERDB_URL").await;
        let claim = sqlx::query("update guests set claimed_by = $2, claimed_at = $3 where id = $1");
        let claim = claim.bind(self.guest.id.get()).bind(self.account.id.get()).bind(self.clock.now().utc());
        claim.execute(&mut *db).await.unwrap();
    }

    async fn recover(&self) -> usize {
        recovery::run(&self.recovery).await.unwrap().taken_over
    }

    async fn owner(&self, order: i32) -> UserId {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        let select = sqlx::query_scalar("select user_id from orders where id = $1").bind(order);
        UserId::new(select.fetch_one(&mut *db).await.unwrap())
    }

    async fn set_step(&self, order: i32, step: Option<&str>) {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        let update = sqlx::query("update orders set step = $2, step_at = clock_timestamp() where id = $1");
        update.bind(order).bind(step).execute(&mut *db).await.unwrap();
    }

    async fn is_settled(&self) -> bool {
        self.test_env.query_scalar("USERDB_URL", "select count(*) from guests where moved_at is not null").await == 1
    }
}

#[tokio::test]
async fn what_was_claimed_and_not_moved_is_moved_and_so_is_an_order_that_was_in_flight() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    assert_eq!((shop.recover().await, shop.owner(order).await), (0, shop.guest.id), "nobody has claimed the guest");
    shop.claim().await;
    assert_eq!((shop.recover().await, shop.owner(order).await), (1, shop.account.id));
    assert_eq!((shop.recover().await, shop.is_settled().await), (0, false));
    let in_flight = shop.buy().await;
    assert_eq!((shop.recover().await, shop.owner(in_flight).await), (1, shop.account.id));
    shop.clock.advance(SETTLED_AFTER_SECONDS - 1);
    assert_eq!((shop.recover().await, shop.is_settled().await), (0, false));
    shop.clock.advance(1);
    assert_eq!((shop.recover().await, shop.is_settled().await), (0, true));

    let mut db = shop.test_env.connection("ORDERDB_URL").await;
    let select = "select body from outbox where body like '%taken_over%' order by id";
    let bodies: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut *db).await.unwrap();
    let told: Vec<DomainEvent> = bodies.iter().map(|body| EventEnvelope::decode(body).unwrap().payload).collect();
    let expected = [order, in_flight].map(|order| {
        DomainEvent::OrderTakenOver(OrderTakenOver { order_id: OrderId::new(order), user_id: shop.account.id })
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_order_with_an_unfinished_run_stays_until_it_is_finished() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    shop.set_step(order, Some("cancel")).await;
    shop.claim().await;
    shop.clock.advance(SETTLED_AFTER_SECONDS * 10);
    assert_eq!((shop.recover().await, shop.owner(order).await), (0, shop.guest.id));
    assert!(!shop.is_settled().await, "however long it takes");
    shop.set_step(order, None).await;
    assert_eq!((shop.recover().await, shop.owner(order).await), (1, shop.account.id));
    assert!(shop.is_settled().await);
}
