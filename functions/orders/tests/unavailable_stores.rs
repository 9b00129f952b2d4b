//! An unavailable store during a purchase: a 503 in time, nothing half done for long, and no
//! restart needed.

use std::time::{Duration, Instant};

use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv};

/// A port of this machine where nothing listens.
const NOWHERE: &str = "127.0.0.1:9";

fn shop(test_env: &TestEnv, changed: &[(&str, &str)]) -> TestClient {
    let app = App::from_env(&test_env.env_with(changed), &test_env.clock).unwrap();
    test_env.client(orders::router(app, &test_env.http_stack()))
}

fn order(product: ProductId) -> Value {
    json!({"items": [{"productId": product, "quantity": 1}]})
}

#[tokio::test]
async fn an_unavailable_store_is_a_timely_503_without_any_effect() {
    let test_env = TestEnv::new().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let postgres = format!("postgres://nobody@{NOWHERE}/none?sslmode=disable");
    let redis = format!("redis://{NOWHERE}");
    for (variable, value) in [("PRODUCTDB_URL", &postgres), ("ORDERDB_URL", &postgres), ("REDIS_URL", &redis)] {
        let start = Instant::now();
        let reply =
            shop(&test_env, &[(variable, value)]).as_user(&ada).post("/api/orders", order(tea)).await.expect(503);
        assert!(start.elapsed() < Duration::from_secs(5), "{variable}: {:?}", start.elapsed());
        assert_eq!((reply.error_code().as_str(), reply.header("retry-after")), ("unavailable", "1"), "{variable}");
        assert!(!String::from_utf8_lossy(&reply.bytes).contains(NOWHERE), "{variable}: {:?}", reply.bytes);
        assert_eq!(test_env.stock(tea).await, (9, 0), "{variable}");
        assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, 0, "{variable}");
    }
    shop(&test_env, &[]).as_user(&ada).post("/api/orders", order(tea)).await.expect(201);
}

#[tokio::test]
async fn recovery_compensates_an_order_interrupted_by_an_unavailable_store() {
    let test_env = TestEnv::new().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let postgres = format!("postgres://nobody@{NOWHERE}/none?sslmode=disable");
    let dynamodb = format!("http://{NOWHERE}");
    // Without inventory nothing was reserved: the order is deleted at once. Whether the card was
    // charged is unknown.
    for (variable, value, left) in [("INVENTORYDB_URL", &postgres, 0), ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb, 1)] {
        shop(&test_env, &[(variable, value)]).as_user(&ada).post("/api/orders", order(tea)).await.expect(503);
        assert_eq!(
            test_env.query_scalar("ORDERDB_URL", "select count(*) from orders where step = 'place'").await,
            left,
            "{variable}"
        );
        let recovery = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
        recovery::run_with_idle_seconds(&recovery, 0.0).await.unwrap();
        assert_eq!(
            test_env.query_scalar("ORDERDB_URL", "select count(*) from orders where step is not null").await,
            0,
            "{variable}"
        );
        assert_eq!(test_env.stock(tea).await, (9, 0), "{variable}");
    }
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from outbox").await, 0);
}

#[tokio::test]
async fn without_queues_an_order_is_accepted_and_its_events_are_published_later() {
    let test_env = TestEnv::new().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let gone = "http://localhost/000000000000/gone";
    let queues = ["NOTIFICATION_QUEUE_URL", "ANALYTICS_QUEUE_URL", "CATALOG_QUEUE_URL"].map(|queue| (queue, gone));
    shop(&test_env, &queues).as_user(&ada).post("/api/orders", order(tea)).await.expect(201);
    let unsent = "select count(*) from outbox where sent_at is null";
    assert_eq!(test_env.query_scalar("ORDERDB_URL", unsent).await, 1);
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", unsent).await, 0, "stock needs no queue");
    assert_eq!(test_env.query_scalar("PRODUCTDB_URL", "select stock::bigint from products").await, 8);
    // Rows are left to their writer for five seconds: these are made older.
    let mut db = test_env.database("ORDERDB_URL").acquire().await.unwrap();
    sqlx::raw_sql("update outbox set created_at = created_at - interval '1 minute'").execute(&mut *db).await.unwrap();
    drop(db);
    let recovery = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    assert_eq!(recovery::run_with_idle_seconds(&recovery, 0.0).await.unwrap().events, 1);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", unsent).await, 0);
}

#[tokio::test]
async fn stock_that_the_catalog_does_not_take_is_sent_to_its_queue_or_stays() {
    let test_env = TestEnv::new().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let mut db = test_env.database("PRODUCTDB_URL").acquire().await.unwrap();
    sqlx::raw_sql("revoke update (stock) on table products from fn_orders").execute(&mut *db).await.unwrap();
    drop(db);
    let sent = "select count(*) from outbox where sent_at is not null";
    let no_queue = [("CATALOG_QUEUE_URL", "http://localhost/000000000000/gone")];
    shop(&test_env, &no_queue).as_user(&ada).post("/api/orders", order(tea)).await.expect(201);
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", sent).await, 0);
    shop(&test_env, &[]).as_user(&ada).post("/api/orders", order(tea)).await.expect(201);
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", sent).await, 1);
    assert_eq!(test_env.query_scalar("PRODUCTDB_URL", "select stock::bigint from products").await, 9);
}

/// A defect of a deploy, which waiting does not fix: the client is not told to retry.
#[tokio::test]
async fn a_missing_grant_is_a_500_and_not_a_503() {
    let test_env = TestEnv::new().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    for (database, revoke) in [
        ("PRODUCTDB_URL", "revoke select (price) on products from fn_orders"),
        ("INVENTORYDB_URL", "revoke execute on function hold from fn_orders"),
        ("ORDERDB_URL", "revoke insert on orders from fn_orders"),
    ] {
        sqlx::query(revoke).execute(&mut *test_env.connection(database).await).await.unwrap();
        let reply = shop(&test_env, &[]).as_user(&ada).post("/api/orders", order(tea)).await.expect(500);
        assert_eq!((reply.error_code().as_str(), reply.header("retry-after")), ("internal", ""), "{revoke}");
        assert!(!String::from_utf8_lossy(&reply.bytes).contains("permission"), "{revoke}: {:?}", reply.bytes);
        assert_eq!(test_env.stock(tea).await, (9, 0), "{revoke}");
        assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, 0, "{revoke}");
        // Only the next one is missing.
        let grant = revoke.replace("revoke", "grant").replace(" from ", " to ");
        sqlx::query(sqlx::AssertSqlSafe(grant)).execute(&mut *test_env.connection(database).await).await.unwrap();
    }
    shop(&test_env, &[]).as_user(&ada).post("/api/orders", order(tea)).await.expect(201);
}
