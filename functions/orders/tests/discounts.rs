//! The uses of a discount: each order that stands holds one, and no limit is exceeded.

use domain::ProductId;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

struct Shop {
    test_env: TestEnv,
    orders: TestClient,
    payments: TestClient,
    ada: TestUser,
    tea: ProductId,
}

/// With these columns of a discount `TEN`, and plenty of tea for 20.00.
async fn open(columns: &str, values: &str) -> Shop {
    let test_env = TestEnv::new().await;
    let env = test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]);
    let orders = orders::router(App::from_env(&env, &test_env.clock).unwrap(), &test_env.http_stack());
    let payments = payments::router(payments::App::from_env(&env, &test_env.clock).unwrap(), &test_env.http_stack());
    let (orders, payments) = (test_env.client(orders), test_env.client(payments));
    let (ada, tea) = (test_env.customer().await, test_env.product(2000, 10_000).await);
    let mut db = test_env.connection("ORDERDB_URL").await;
    let insert =
        format!("insert into discounts (code, kind, value{columns}) values ('TEN', 'percentage', 1000{values})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&mut *db).await.unwrap();
    drop(db);
    Shop { test_env, orders, payments, ada, tea }
}

impl Shop {
    async fn execute(&self, sql: &'static str) {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        sqlx::raw_sql(sql).execute(&mut *db).await.unwrap();
    }

    async fn uses(&self) -> i64 {
        let by_customers = "select coalesce(sum(uses), 0) from discount_customers";
        let counted = self.test_env.query_scalar("ORDERDB_URL", "select uses::bigint from discounts").await;
        assert_eq!(self.test_env.query_scalar("ORDERDB_URL", by_customers).await, counted);
        counted
    }

    async fn orders_with_code(&self) -> i64 {
        let confirmed = "select count(*) from orders where status = 'confirmed' and discount_code = 'TEN'";
        self.test_env.query_scalar("ORDERDB_URL", confirmed).await
    }

    async fn buy(&self, who: &TestUser, method: &str) -> TestResponse {
        self.orders.as_user(who).post("/api/orders", self.body(method)).await
    }

    /// So many buyers, a hundred of them at once, until the code is used up. Returns who bought what.
    ///
    /// Bounded waiting: a buyer who found no connection in time is told to retry. Others take that
    /// place here, once recovery has ended what was left half done.
    async fn sell_out(&self, people: &[TestUser], buyers: usize) -> Vec<(usize, Value)> {
        let buy = |n: usize| async move {
            let person = n % people.len();
            (person, self.buy(&people[person], "tok_visa").await)
        };
        let mut replies: Vec<_> = stream::iter(0..buyers).map(buy).buffer_unordered(100).collect().await;
        self.recover().await;
        for more in 0..buyers {
            replies.push(buy(more).await);
            if replies.last().is_some_and(|(_, reply)| reply.status == 409) {
                break;
            }
        }
        for (_, reply) in replies.iter().filter(|(_, reply)| reply.status == 409) {
            assert_refused(reply, "discount_used_up");
        }
        replies.retain(|(_, reply)| reply.status == 201);
        replies.into_iter().map(|(person, reply)| (person, reply.json())).collect()
    }

    fn body(&self, method: &str) -> Value {
        let items = json!([{"productId": self.tea, "quantity": 1}]);
        json!({"items": items, "discountCode": "ten", "payment": {"method": method}})
    }

    async fn cancel(&self, who: &TestUser, order: &Value) {
        let path = format!("/api/orders/{}", order["id"]);
        self.orders.as_user(who).put(&path, json!({"status": "cancelled"})).await.expect(200);
    }

    async fn pay(&self, who: &TestUser, order: &Value, method: &str) -> TestResponse {
        self.payments.as_user(who).post("/api/payments", json!({"orderId": order["id"], "method": method})).await
    }

    async fn recover(&self) {
        let app = recovery::App::from_env(&self.test_env.env(), &self.test_env.clock).unwrap();
        assert_eq!(recovery::run_with_idle_seconds(&app, 0.0).await.unwrap().failures, 0);
    }
}

fn assert_refused(reply: &TestResponse, code: &str) {
    assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (409, code), "{reply:?}");
    assert_eq!(reply.json()["errors"][0]["field"], "discountCode");
}

#[tokio::test]
async fn five_hundred_buyers_use_a_code_exactly_a_hundred_times() {
    let shop = open(", max_uses", ", 100").await;
    let people = join_all((0..10).map(|_| shop.test_env.customer())).await;
    let bought = shop.sell_out(&people, 500).await;
    assert_eq!((shop.uses().await, shop.orders_with_code().await), (100, 100));

    join_all(bought[..30].iter().map(|(person, order)| shop.cancel(&people[*person], order))).await;
    assert_eq!((shop.uses().await, shop.orders_with_code().await), (70, 70));
    shop.sell_out(&people, 60).await;
    assert_eq!((shop.uses().await, shop.orders_with_code().await), (100, 100));
}

#[tokio::test]
async fn a_customer_uses_a_code_as_often_as_one_may() {
    let shop = open(", max_uses_per_customer", ", 2").await;
    let replies = join_all((0..8).map(|_| shop.buy(&shop.ada, "tok_visa"))).await;
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        assert_refused(refused, "discount_used_by_customer");
    }
    assert_eq!((replies.iter().filter(|reply| reply.status == 201).count(), shop.uses().await), (2, 2));
    shop.buy(&shop.test_env.customer().await, "tok_visa").await.expect(201);
    assert_eq!(shop.uses().await, 3);
}

#[tokio::test]
async fn a_refused_code_does_nothing_and_leaves_its_key_free() {
    let shop = open(", max_uses, minimum_subtotal", ", 1, 20").await;
    shop.buy(&shop.test_env.customer().await, "tok_visa").await.expect(201);
    let client = shop.orders.as_user(&shop.ada).with_header("idempotency-key", "k");
    let post = async || client.post("/api/orders", shop.body("tok_visa")).await;
    assert_refused(&post().await, "discount_used_up");
    shop.execute("update discounts set max_uses = 2, starts_at = now() + interval '1 hour'").await;
    assert_refused(&post().await, "discount_not_started");
    shop.execute("update discounts set starts_at = null, ends_at = now() - interval '1 hour'").await;
    assert_refused(&post().await, "discount_ended");
    shop.execute("update discounts set ends_at = null, minimum_subtotal = 20.01").await;
    assert_refused(&post().await, "discount_below_minimum");
    shop.execute("update discounts set minimum_subtotal = 0, active = false").await;
    assert_refused(&post().await, "discount_unknown");
    shop.execute("update discounts set active = true, code = 'OTHER'").await;
    assert_refused(&post().await, "discount_unknown");
    let counts = "select (select count(*) from orders) * 100 + (select count(*) from idempotency_keys)";
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", counts).await, 100);
    assert_eq!((shop.test_env.stock(shop.tea).await, shop.uses().await), ((9999, 0), 1));

    shop.execute("update discounts set code = 'TEN'").await;
    let order = post().await.expect(201).json();
    assert_eq!((&order["discount"], &order["total"]), (&json!(2), &json!(18)));
    // Used up by now, and answered as before.
    assert_eq!(post().await.expect(201).json(), order);
    assert_eq!(shop.uses().await, 2);
}

#[tokio::test]
async fn an_order_that_does_not_stand_gives_its_use_back() {
    let shop = open(", max_uses", ", 1").await;
    let cancelled = shop.buy(&shop.ada, "tok_visa").await.expect(201).json();
    assert_eq!(shop.uses().await, 1);
    shop.cancel(&shop.ada, &cancelled).await;
    assert_eq!(shop.uses().await, 0);

    let declined = shop.buy(&shop.ada, "tok_declined").await.expect(402).json()["order"].clone();
    assert_eq!(shop.uses().await, 0);
    shop.cancel(&shop.ada, &declined).await;
    assert_eq!(shop.uses().await, 0);

    let mut short = shop.body("tok_visa");
    let rare = shop.test_env.product(100, 1).await;
    short["items"] = json!([{"productId": rare, "quantity": 2}]);
    let reply = shop.orders.as_user(&shop.ada).post("/api/orders", short).await.expect(409);
    assert_eq!(reply.error_code(), "insufficient_stock");
    assert_eq!(shop.uses().await, 0);
    shop.buy(&shop.ada, "tok_visa").await.expect(201);
    assert_eq!(shop.uses().await, 1);
}

#[tokio::test]
async fn paying_again_takes_the_use_again_or_says_that_it_is_gone() {
    let shop = open(", max_uses", ", 1").await;
    let declined = shop.buy(&shop.ada, "tok_declined").await.expect(402).json()["order"].clone();
    let bob = shop.test_env.customer().await;
    let taken = shop.buy(&bob, "tok_visa").await.expect(201).json();

    let client = shop.payments.as_user(&shop.ada).with_header("idempotency-key", "k");
    let body = json!({"orderId": declined["id"]});
    assert_refused(&client.post("/api/payments", body.clone()).await, "discount_used_up");
    let waiting = "select count(*) from orders where status = 'payment_failed' and step is null and attempt = 1";
    assert_eq!((shop.test_env.query_scalar("ORDERDB_URL", waiting).await, shop.uses().await), (1, 1));

    shop.cancel(&bob, &taken).await;
    shop.pay(&shop.ada, &declined, "tok_declined").await.expect(402);
    assert_eq!(shop.uses().await, 0);
    client.post("/api/payments", body).await.expect(201);
    assert_eq!(shop.uses().await, 1);
    assert_refused(&shop.buy(&bob, "tok_visa").await, "discount_used_up");
}

/// As if the process had died right after the statement that began.
#[tokio::test]
async fn recovery_gives_back_the_use_of_what_it_compensates() {
    let shop = open(", max_uses", ", 3").await;
    let placed = shop.buy(&shop.ada, "tok_visa").await.expect(201).json();
    let declined = shop.buy(&shop.ada, "tok_declined").await.expect(402).json()["order"].clone();
    // A placement and a second payment that reserved and charged nothing, and a cancellation.
    shop.execute(
        "create function payment(id integer) returns uuid language sql as $$
             select encode(set_byte(substring(uuid_send(gen_random_uuid()) from 1 for 12), 6, 112) || int4send(id), 'hex')::uuid
         $$;
         insert into orders (id, user_id, status, created_at, updated_at, step, step_at, payment_id, payment_method,
             subtotal, discount, total, discount_id, discount_code)
         select 9000, user_id, 'pending', created_at, updated_at, 'place', step_at, payment(9000), 'tok_visa', 20, 2, 18,
             discount_id, discount_code
         from orders where status = 'confirmed';
         insert into order_items (order_id, product_id, name, quantity, price, discount, total)
         select 9000, product_id, name, quantity, price, discount, total from order_items limit 1;
         update orders set step = 'pay', attempt = 2, payment_id = payment(id) where status = 'payment_failed'",
    )
    .await;
    assert_eq!(shop.uses().await, 3);
    shop.recover().await;
    assert_eq!(shop.uses().await, 1);
    shop.execute("update orders set step = 'cancel' where status = 'confirmed'").await;
    assert_eq!(shop.uses().await, 1);
    shop.recover().await;
    assert_eq!(shop.uses().await, 0);
    let ended = "select count(*) from orders where status = 'cancelled' or status = 'payment_failed'";
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", ended).await, 3, "{placed} {declined}");
    shop.pay(&shop.ada, &declined, "tok_visa").await.expect(201);
    assert_eq!(shop.uses().await, 1);
}
