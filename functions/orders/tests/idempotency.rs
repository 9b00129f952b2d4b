//! Idempotency keys: the same request twice is one order and one response.

use axum::http::Method;
use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse};

async fn open() -> (TestEnv, TestClient) {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    (test_env, shop)
}

fn order(product: ProductId, method: &str) -> Value {
    json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": method}})
}

fn assert_replayed(first: &TestResponse, again: &TestResponse) {
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(first.header("idempotent-replayed"), "");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_bytes() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    for (key, method, status) in [("a", "tok_visa", 201), ("b", "tok_declined", 402)] {
        let client = shop.as_user(&ada).with_header("idempotency-key", key);
        let first = client.post("/api/orders", order(tea, method)).await.expect(status);
        let again = client.post("/api/orders", order(tea, method)).await.expect(status);
        assert_replayed(&first, &again);
        let other = client.post("/api/orders", json!({"items": [{"productId": tea, "quantity": 2}]})).await.expect(422);
        assert_eq!(other.error_code(), "idempotency_mismatch");
    }
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, 2);
    assert_eq!(test_env.stock(tea).await, (8, 0));
}

#[tokio::test]
async fn fifty_concurrent_requests_with_one_key_are_one_order() {
    const KEYS: i64 = 200;
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 1000).await);
    for key in 0..KEYS {
        let client = shop.as_user(&ada).with_header("idempotency-key", &format!("key-{key}"));
        let all = futures::future::join_all((0..50).map(|_| client.post("/api/orders", order(tea, "tok_visa")))).await;
        let made: Vec<&TestResponse> = all.iter().filter(|reply| reply.status == 201).collect();
        assert!(made.iter().all(|reply| reply.bytes == made[0].bytes));
        for reply in all.iter().filter(|reply| reply.status != 201) {
            assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (409, "idempotency_in_progress"));
            assert!(!reply.header("retry-after").is_empty());
        }
        let again = client.post("/api/orders", order(tea, "tok_visa")).await.expect(201);
        assert!(made.iter().all(|reply| reply.bytes == again.bytes));
    }
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, KEYS);
    assert_eq!(test_env.stock(tea).await, (1000 - KEYS as i32, 0));
}

#[tokio::test]
async fn a_refusal_before_any_effect_frees_the_key() {
    let (test_env, shop) = open().await;
    let (ada, admin, tea) = (test_env.customer().await, test_env.admin().await, test_env.product(1000, 0).await);
    let client = shop.as_user(&ada).with_header("idempotency-key", "k");
    client.post("/api/orders", order(tea, "tok_visa")).await.expect(409);
    client.post("/api/orders", json!({"items": []})).await.expect(400);
    let mut db = test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
    sqlx::query("update inventory set quantity = 5").execute(&mut *db).await.unwrap();
    client.post("/api/orders", order(tea, "tok_visa")).await.expect(201);
    // Another caller's key of the same name is another key.
    shop.as_user(&admin)
        .with_header("idempotency-key", "k")
        .post("/api/orders", order(tea, "tok_visa"))
        .await
        .expect(201);
    for bad in ["", &"k".repeat(256)] {
        let reply =
            shop.as_user(&ada).with_header("idempotency-key", bad).post("/api/orders", order(tea, "tok_visa")).await;
        assert_eq!(reply.expect(400).json()["errors"][0]["field"], "Idempotency-Key");
    }
}

/// Each way a process may have crashed while it held a key, and what the next request then gets.
#[tokio::test]
async fn a_key_of_a_crashed_request_is_claimed_again_after_its_deadline() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let client = shop.as_user(&ada).with_header("idempotency-key", "k");
    let first = client.post("/api/orders", order(tea, "tok_visa")).await.expect(201);
    let mut db = test_env.database("ORDERDB_URL").acquire().await.unwrap();

    // It crashed after the payment and before the order was confirmed: the order is completed,
    // once.
    let half_done = "with o as (update orders set status = 'pending', step = 'place' returning id)
                     delete from order_timeline where status = 'confirmed'";
    sqlx::raw_sql(half_done).execute(&mut *db).await.unwrap();
    sqlx::raw_sql("update idempotency_keys set outcome = null, request_id = null").execute(&mut *db).await.unwrap();
    client.post("/api/orders", order(tea, "tok_visa")).await.expect(409);
    sqlx::raw_sql("update idempotency_keys set locked_until = now()").execute(&mut *db).await.unwrap();
    let finished = client.post("/api/orders", order(tea, "tok_visa")).await.expect(201);
    assert_eq!(finished.json()["id"], first.json()["id"]);
    assert_eq!(test_env.stock(tea).await, (8, 0));

    // It crashed before it wrote an order: the key is simply free.
    sqlx::raw_sql("update idempotency_keys set outcome = null, subject = null").execute(&mut *db).await.unwrap();
    let anew = client.send(Method::POST, "/api/orders", Some(order(tea, "tok_visa").to_string())).await.expect(201);
    assert_ne!(anew.json()["id"], first.json()["id"]);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, 2);
}
