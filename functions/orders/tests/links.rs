//! Links that show one order without a login, and orders of guests.

use domain::{OrderId, Timestamp};
use orders::App;
use runtime::Clock;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};
use tokens::links::{Links, ORDER_LINK_SECONDS};

struct Shop {
    test_env: TestEnv,
    clock: Clock,
    orders: TestClient,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let clock = Clock::stopped(test_env.clock.now());
        let app = App::from_env(&test_env.env(), &clock).unwrap();
        let orders = test_env.client(orders::router(app, &test_env.http_stack()));
        Self { test_env, clock, orders }
    }

    async fn buy(&self, who: &TestUser) -> Value {
        let product = self.test_env.product(1000, 10).await;
        let body = json!({"items": [{"productId": product, "quantity": 2}]});
        self.orders.as_user(who).post("/api/orders", body).await.expect(201).json()
    }

    /// The key as a mail of this time has it.
    fn key(&self, order: &Value, at: Timestamp) -> String {
        let links = Links::new(&self.test_env.env().required("LINK_KEY").unwrap()).unwrap();
        links.order_key(OrderId::new(i32::try_from(order["id"].as_i64().unwrap()).unwrap()), at)
    }

    async fn open_link(&self, order: &Value, key: &str) -> TestResponse {
        self.orders.get(&format!("{}?key={key}", path(order))).await
    }

    async fn make_link(&self, who: &TestUser, order: &Value) -> TestResponse {
        self.orders.as_user(who).send(http::Method::POST, &format!("{}/link", path(order)), None).await
    }

    async fn revoke(&self, who: &TestUser, order: &Value) -> TestResponse {
        self.orders.as_user(who).send(http::Method::DELETE, &format!("{}/link", path(order)), None).await
    }
}

fn path(order: &Value) -> String {
    format!("/api/orders/{}", order["id"])
}

#[tokio::test]
async fn a_link_shows_its_order_as_the_owner_sees_it_for_ninety_days() {
    let shop = Shop::open().await;
    let guest = shop.test_env.guest().await;
    let (order, other) = (shop.buy(&guest).await, shop.buy(&guest).await);
    let seen = shop.orders.as_user(&guest).get(&path(&order)).await.expect(200);
    let key = shop.key(&order, shop.clock.now());
    let shown = shop.open_link(&order, &key).await.expect(200);
    assert_eq!(shown.json(), seen.json());
    assert_eq!(shown.header("cache-control"), "no-store");
    let again = shop.orders.with_header("if-none-match", shown.header("etag"));
    let again = again.get(&format!("{}?key={key}", path(&order))).await.expect(304);
    assert_eq!(again.header("cache-control"), "no-store");
    // A browser that is still signed in, as anybody or no longer: the link is enough.
    let stranger = shop.test_env.customer().await;
    for client in [shop.orders.as_user(&stranger), shop.orders.with_token("not.a.token")] {
        client.get(&format!("{}?key={key}", path(&order))).await.expect(200);
    }
    let forged = shop.key(&order, shop.clock.now()).replace(&key[20..22], "zz");
    for wrong in [&shop.key(&other, shop.clock.now()), forged.as_str(), "x", &"A".repeat(201)] {
        let refused = shop.open_link(&order, wrong).await.expect(401);
        assert_eq!((refused.error_code().as_str(), refused.header("cache-control")), ("unauthenticated", "no-store"));
    }
    shop.open_link(&json!({"id": i32::MAX}), &key).await.expect(401);
    shop.orders.get(&path(&order)).await.expect(401);
    shop.orders.as_user(&stranger).get(&path(&order)).await.expect(404);
    // A wrong key is no obstacle for whoever may see the order anyway.
    shop.orders.as_user(&guest).get(&format!("{}?key=x", path(&order))).await.expect(200);

    shop.clock.advance(ORDER_LINK_SECONDS - 1);
    shop.open_link(&order, &key).await.expect(200);
    shop.clock.advance(1);
    shop.open_link(&order, &key).await.expect(401);
}

#[tokio::test]
async fn a_link_opens_nothing_else() {
    let shop = Shop::open().await;
    let guest = shop.test_env.guest().await;
    let order = shop.buy(&guest).await;
    let key = shop.key(&order, shop.clock.now());
    let cancel = Some(json!({"status": "cancelled"}).to_string());
    shop.orders.send(http::Method::PUT, &format!("{}?key={key}", path(&order)), cancel).await.expect(401);
    shop.orders.get(&format!("/api/orders?key={key}")).await.expect(401);
    for method in [http::Method::POST, http::Method::DELETE] {
        shop.orders.send(method, &format!("{}/link?key={key}", path(&order)), None).await.expect(401);
    }
    shop.orders.with_token(&key).get(&path(&order)).await.expect(401);
}

#[tokio::test]
async fn revoked_links_show_nothing_and_later_ones_do() {
    let shop = Shop::open().await;
    let (guest, stranger, admin) =
        (shop.test_env.guest().await, shop.test_env.customer().await, shop.test_env.admin().await);
    let order = shop.buy(&guest).await;
    let mailed = shop.key(&order, shop.clock.now());
    let made = shop.make_link(&guest, &order).await.expect(201);
    let link = made.json();
    let key = link["key"].as_str().unwrap();
    assert_eq!(link["url"], format!("/orders/{}?key={key}", order["id"]));
    assert_eq!(link["expiresAt"], shop.clock.now().plus_seconds(ORDER_LINK_SECONDS).to_string());
    assert_eq!(made.header("location"), format!("{}?key={key}", path(&order)));
    shop.orders.get(made.header("location")).await.expect(200);

    shop.make_link(&stranger, &order).await.expect(404);
    shop.revoke(&stranger, &order).await.expect(404);
    shop.open_link(&order, key).await.expect(200);
    shop.revoke(&guest, &order).await.expect(204);
    for old in [key, &mailed] {
        shop.open_link(&order, old).await.expect(401);
    }
    // In the same moment, and twice: what was revoked stays so.
    let new = shop.make_link(&admin, &order).await.expect(201).json()["key"].as_str().unwrap().to_owned();
    shop.open_link(&order, &new).await.expect(200);
    shop.open_link(&order, key).await.expect(401);
    shop.clock.advance(60);
    shop.revoke(&admin, &order).await.expect(204);
    shop.open_link(&order, &new).await.expect(401);
}

#[tokio::test]
async fn a_guest_buys_reads_lists_and_cancels_and_is_written_to_at_their_address() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.test_env.guest().await, shop.test_env.guest().await);
    let order = shop.buy(&ada).await;
    assert_eq!((&order["userId"], &order["email"]), (&json!(ada.id), &json!(ada.email)));
    let product = shop.test_env.product(1000, 10).await;
    let elsewhere = json!({"items": [{"productId": product, "quantity": 1}], "email": "office@example.org"});
    let orders = shop.orders.as_user(&ada);
    assert_eq!(orders.post("/api/orders", elsewhere).await.expect(201).json()["email"], "office@example.org");
    let customer = shop.test_env.customer().await;
    assert_eq!(shop.buy(&customer).await["email"], Value::Null, "an account's address is in its account");

    assert_eq!(orders.get("/api/orders").await.expect(200).json().as_array().unwrap().len(), 2);
    orders.get("/api/orders?all=true").await.expect(403);
    orders.get(&format!("/api/orders?userId={}", customer.id)).await.expect(403);
    shop.orders.as_user(&bob).get(&path(&order)).await.expect(404);
    shop.orders.as_user(&bob).put(&path(&order), json!({"status": "cancelled"})).await.expect(404);
    orders.put(&path(&order), json!({"status": "shipped"})).await.expect(403);
    assert_eq!(
        orders.put(&path(&order), json!({"status": "cancelled"})).await.expect(200).json()["status"],
        "cancelled"
    );
    let quote = json!({"items": [{"productId": product, "quantity": 1}]});
    orders.post("/api/orders/quote", quote).await.expect(200);
    orders.get("/api/orders/settings").await.expect(403);
}
