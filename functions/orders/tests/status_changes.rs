//! The life of an order: reading, listing, cancelling, shipping; and who may.

use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

async fn open() -> (TestEnv, TestClient) {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    (test_env, shop)
}

async fn buy(test_env: &TestEnv, shop: &TestClient, who: &TestUser) -> Value {
    let product = test_env.product(1000, 10).await;
    let body = json!({"items": [{"productId": product, "quantity": 2}]});
    shop.as_user(who).post("/api/orders", body).await.expect(201).json()
}

fn path(order: &Value) -> String {
    format!("/api/orders/{}", order["id"])
}

#[tokio::test]
async fn a_cancelled_order_is_restocked_and_refunded_once() {
    let (test_env, shop) = open().await;
    let (ada, product) = (test_env.customer().await, test_env.product(1000, 10).await);
    let body = json!({"items": [{"productId": product, "quantity": 2}]});
    let order = shop.as_user(&ada).post("/api/orders", body).await.expect(201).json();
    assert_eq!(test_env.stock(product).await, (8, 0));

    let twice = || shop.as_user(&ada);
    let (one, two) = (twice(), twice());
    let cancel = json!({"status": "cancelled"});
    let order_path = path(&order);
    let (a, b) = tokio::join!(one.put(&order_path, cancel.clone()), two.put(&order_path, cancel.clone()));
    // A request that arrives while the other runs joins it; a later one is rejected.
    let statuses = [a.status.as_u16(), b.status.as_u16()];
    assert!([[200, 200], [200, 409], [409, 200]].contains(&statuses), "{statuses:?}");
    assert_eq!(test_env.stock(product).await, (10, 0));
    let read = shop.as_user(&ada).get(&path(&order)).await.expect(200).json();
    assert_eq!(read["status"], "cancelled");

    let payments = payments::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let payments = test_env.client(payments::router(payments, &test_env.http_stack()));
    let paid = payments.as_user(&ada).get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    assert_eq!(paid[0]["status"], "refunded");
    assert_eq!(paid[0]["refunds"][0]["amount"], json!(20));
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", "select sum(delta) from stock_ledger").await, 10);
}

#[tokio::test]
async fn only_legal_status_transitions_are_made() {
    let (test_env, shop) = open().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let order = buy(&test_env, &shop, &ada).await;
    let to = |status: &str| json!({"status": status});
    for wrong in ["pending", "confirmed", "delivered", "payment_failed"] {
        let reply = shop.as_user(&admin).put(&path(&order), to(wrong)).await.expect(409);
        assert_eq!(reply.error_code(), "illegal_transition", "{wrong}");
    }
    shop.as_user(&admin).put(&path(&order), to("shipped")).await.expect(200);
    shop.as_user(&ada).put(&path(&order), to("cancelled")).await.expect(409);
    let delivered = shop.as_user(&admin).put(&path(&order), to("delivered")).await.expect(200).json();
    assert_eq!(delivered["status"], "delivered");
    assert_eq!(delivered["items"], order["items"]);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from order_timeline").await, 4);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from outbox where sent_at is not null").await, 3);
    for bad in [json!({}), json!({"status": "lost"}), json!({"status": 1}), json!({"status": "shipped", "total": 0})] {
        shop.as_user(&admin).put(&path(&order), bad).await.expect(400);
    }
}

#[tokio::test]
async fn a_stale_write_is_refused() {
    let (test_env, shop) = open().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let order = buy(&test_env, &shop, &ada).await;
    let stale = shop.as_user(&admin).with_header("if-match", "\"00000000000000000000000000000000\"");
    stale.put(&path(&order), json!({"status": "shipped"})).await.expect(412);
    let shipped = shop.as_user(&admin).with_header("if-match", "*");
    shipped.put(&path(&order), json!({"status": "shipped"})).await.expect(200);
}

#[tokio::test]
async fn an_order_of_another_user_is_not_found() {
    let (test_env, shop) = open().await;
    let (ada, bob, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
    let order = buy(&test_env, &shop, &ada).await;
    let missing = shop.as_user(&bob).get("/api/orders/2147483647").await.expect(404);
    let others = shop.as_user(&bob).get(&path(&order)).await.expect(404);
    let mut bodies = [missing.json(), others.json()];
    for body in &mut bodies {
        body.as_object_mut().unwrap().remove("requestId");
    }
    assert_eq!(bodies[0], bodies[1]);
    shop.as_user(&bob).put(&path(&order), json!({"status": "cancelled"})).await.expect(404);
    shop.as_user(&ada).put(&path(&order), json!({"status": "shipped"})).await.expect(403);
    shop.as_user(&admin).get(&path(&order)).await.expect(200);
    shop.get(&path(&order)).await.expect(401);
    for bad in ["0", "-1", "abc", "9223372036854775808", "1%20", "2147483648"] {
        let reply = shop.as_user(&ada).get(&format!("/api/orders/{bad}")).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], "id", "{bad}");
    }
}

#[tokio::test]
async fn a_list_shows_the_callers_orders_newest_first_page_by_page() {
    let (test_env, shop) = open().await;
    let (ada, bob, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(buy(&test_env, &shop, &ada).await["id"].clone());
        buy(&test_env, &shop, &bob).await;
    }
    placed.reverse();
    let (mut seen, mut next) = (Vec::new(), "/api/orders?limit=2".to_owned());
    loop {
        let page = shop.as_user(&ada).get(&next).await.expect(200);
        seen.extend(page.json().as_array().unwrap().iter().map(|order| order["id"].clone()));
        // A new order during paging neither repeats nor hides one.
        buy(&test_env, &shop, &ada).await;
        let Some(link) = page.header("link").split_once('>') else { break };
        next = link.0.trim_start_matches('<').to_owned();
    }
    assert_eq!(seen, placed);
    let of_ada = shop
        .as_user(&admin)
        .get(&format!("/api/orders?userId={}&status=confirmed&limit=100", ada.id))
        .await
        .expect(200);
    assert_eq!(of_ada.json().as_array().unwrap().len(), 8);
    let all = shop.as_user(&admin).get("/api/orders?all=true&limit=100").await.expect(200);
    assert_eq!(all.json().as_array().unwrap().len(), 13);
    assert_eq!(shop.as_user(&admin).get("/api/orders").await.expect(200).json(), json!([]));
    // Contradictory filters: neither is silently ignored.
    let both = shop.as_user(&admin).get(&format!("/api/orders?all=true&userId={}", ada.id)).await.expect(400);
    assert_eq!(both.json()["errors"][0]["field"], "userId");
    shop.as_user(&admin).get(&format!("/api/orders?all=false&userId={}", ada.id)).await.expect(200);
    let misspelt = shop.as_user(&admin).get("/api/orders?userid=1").await.expect(400);
    assert_eq!(misspelt.json()["errors"][0]["field"], "userid");
    shop.as_user(&bob).get("/api/orders?all=true").await.expect(403);
    shop.as_user(&bob).get(&format!("/api/orders?userId={}", ada.id)).await.expect(403);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("status=lost", "status"),
        ("cursor=zz", "cursor"),
        ("all=maybe", "all"),
    ] {
        let reply = shop.as_user(&ada).get(&format!("/api/orders?{query}")).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{query}");
    }
}
