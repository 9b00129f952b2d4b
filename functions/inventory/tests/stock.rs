//! Stock through its router, on a real inventorydb.

use futures::future::join_all;
use http::Method;
use inventory::{App, router};
use serde_json::{Value, json};
use store_postgres::Database;
use testkit::{TestClient, TestEnv, TestUser};

struct TestInventory {
    test_env: TestEnv,
    db: Database,
    anyone: TestClient,
    admin: TestClient,
    admin_user: TestUser,
}

impl TestInventory {
    /// Products 1 to 3, with 10, 0 and 5 units, of which 4, 0 and 5 are reserved.
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let anyone = test_env.client(router(app, &test_env.http_stack()));
        let (db, boss) = (test_env.database("INVENTORYDB_URL"), test_env.admin().await);
        let fill = "insert into inventory (product_id, quantity, reserved) values (1, 10, 4), (2, 0, 0), (3, 5, 5)";
        sqlx::query(fill).execute(&mut *db.acquire().await.unwrap()).await.unwrap();
        Self { admin: anyone.as_user(&boss), anyone, db, test_env, admin_user: boss }
    }

    async fn row(&self, product: i32) -> Value {
        self.anyone.get(&format!("/api/inventory/{product}")).await.expect(200).json()
    }

    /// Delta, quantity after it, reason and actor of each ledger row.
    async fn ledger(&self, product: i32) -> Vec<(i32, i32, String, Option<i32>)> {
        let select =
            "select delta, quantity_after, reason::text, actor from stock_ledger where product_id = $1 order by id";
        let rows = sqlx::query_as(select).bind(product);
        rows.fetch_all(&mut *self.db.acquire().await.unwrap()).await.unwrap()
    }

    /// Version and available units of each event, oldest first; all of them published.
    async fn stock_events(&self, product: i32) -> Vec<(i64, i64)> {
        let select = "select body from outbox where sent_at is not null order by id";
        let bodies: Vec<String> =
            sqlx::query_scalar(select).fetch_all(&mut *self.db.acquire().await.unwrap()).await.unwrap();
        let events = bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
        let about = events.map(|event| event["data"].clone()).filter(|data| data["productId"] == product);
        about.map(|data| (data["version"].as_i64().unwrap(), data["available"].as_i64().unwrap())).collect()
    }
}

#[tokio::test]
async fn anyone_can_read_stock() {
    let warehouse = TestInventory::open().await;
    let row = warehouse.row(1).await;
    assert_eq!(
        (&row["productId"], &row["quantity"], &row["reserved"], &row["available"]),
        (&json!(1), &json!(10), &json!(4), &json!(6))
    );
    assert!(row["updatedAt"].as_str().unwrap().ends_with('Z'));
    let full = warehouse.anyone.get("/api/inventory/1").await.expect(200);
    warehouse.anyone.with_header("if-none-match", full.header("etag")).get("/api/inventory/1").await.expect(304);
    warehouse.anyone.get("/api/inventory/4").await.expect(404);
    for bad in ["0", "x", "-1", "2147483648"] {
        warehouse.anyone.get(&format!("/api/inventory/{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_check_reports_availability_per_product() {
    let warehouse = TestInventory::open().await;
    let check = async |items: Value| {
        warehouse.anyone.post("/api/inventory/check", json!({"items": items})).await.expect(200).json()
    };
    let line = |product: i32, requested: i32, available: i32, ok: bool| json!({"productId": product, "requested": requested, "available": available, "ok": ok});
    let of = |product: i32, quantity: i32| json!({"productId": product, "quantity": quantity});
    assert_eq!(check(json!([of(1, 6)])).await, json!({"available": true, "items": [line(1, 6, 6, true)]}));
    assert_eq!(check(json!([of(1, 7)])).await, json!({"available": false, "items": [line(1, 7, 6, false)]}));
    // Unknown and sold-out products are not available; the others still are.
    let mixed = check(json!([of(9, 1), of(3, 1), of(1, 1)])).await;
    assert_eq!(
        mixed,
        json!({"available": false, "items": [line(1, 1, 6, true), line(3, 1, 0, false), line(9, 1, 0, false)]})
    );
    // Twice four is eight, as an order counts it.
    assert_eq!(check(json!([of(1, 4), of(1, 4)])).await, json!({"available": false, "items": [line(1, 8, 6, false)]}));
    let most: Vec<Value> = (1..=50).map(|product| of(product, 100)).collect();
    assert_eq!(check(json!(most)).await["items"].as_array().unwrap().len(), 50);
    assert!(warehouse.ledger(1).await.is_empty());
}

#[tokio::test]
async fn an_invalid_check_is_rejected_by_field() {
    let warehouse = TestInventory::open().await;
    let one = |line: Value| json!({"items": [line]});
    let many: Vec<Value> = (1..=51).map(|product| json!({"productId": product, "quantity": 1})).collect();
    for (field, body) in [
        ("items", json!({})),
        ("items", json!({"items": []})),
        ("items", json!({"items": many})),
        ("items", json!({"items": "all"})),
        ("items[0].productId", one(json!({"quantity": 1}))),
        ("items[0].productId", one(json!({"productId": 0, "quantity": 1}))),
        ("items[0].productId", one(json!({"productId": 2_147_483_648_i64, "quantity": 1}))),
        ("items[0].productId", one(json!({"productId": "1", "quantity": 1}))),
        ("items[0].quantity", one(json!({"productId": 1}))),
        ("items[0].quantity", one(json!({"productId": 1, "quantity": 0}))),
        ("items[0].quantity", one(json!({"productId": 1, "quantity": 101}))),
        ("items[0].quantity", one(json!({"productId": 1, "quantity": 1.5}))),
        ("items[0].price", one(json!({"productId": 1, "quantity": 1, "price": 1}))),
        ("reserve", json!({"items": [{"productId": 1, "quantity": 1}], "reserve": true})),
        ("body", json!([])),
    ] {
        let rejected = warehouse.anyone.post("/api/inventory/check", body.clone()).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn each_stock_change_writes_a_ledger_row_and_an_event() {
    let warehouse = TestInventory::open().await;
    let boss = Some(warehouse.admin_user.id.get());
    let put = async |body: Value| warehouse.admin.put("/api/inventory/1", body).await;
    let set = put(json!({"quantity": 20})).await.expect(200);
    assert_eq!(set.bytes, warehouse.anyone.get("/api/inventory/1").await.expect(200).bytes);
    assert_eq!(set.json()["available"], 16);
    assert_eq!(put(json!({"delta": 5, "reason": "  Delivery 7 "})).await.expect(200).json()["quantity"], 25);
    assert_eq!(put(json!({"delta": -21, "reason": "broken"})).await.expect(200).json()["available"], 0);
    // The same quantity is no change.
    put(json!({"quantity": 4})).await.expect(200);
    put(json!({"delta": 0})).await.expect(200);
    let row = |delta, after, reason: &str| (delta, after, reason.to_owned(), boss);
    assert_eq!(warehouse.ledger(1).await, [row(10, 20, "counted"), row(5, 25, "Delivery 7"), row(-21, 4, "broken")]);
    assert_eq!(warehouse.stock_events(1).await, [(2, 16), (3, 21), (4, 0)]);
    assert!(warehouse.stock_events(2).await.is_empty());
}

#[tokio::test]
async fn reserved_units_are_never_removed_and_nothing_is_clamped() {
    let warehouse = TestInventory::open().await;
    let before = [warehouse.row(1).await, warehouse.row(3).await];
    for (product, body) in [
        (1, json!({"quantity": 3})),
        (1, json!({"quantity": 0})),
        (1, json!({"delta": -7})),
        (1, json!({"delta": -1_000_000_000})),
        (3, json!({"delta": -1})),
    ] {
        let rejected = warehouse.admin.put(&format!("/api/inventory/{product}"), body).await.expect(409);
        assert_eq!(rejected.error_code(), "below_reserved");
    }
    for (field, body) in [("delta", json!({"delta": 999_999_991})), ("delta", json!({"delta": 1_000_000_000}))] {
        let rejected = warehouse.admin.put("/api/inventory/1", body).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field);
    }
    assert_eq!([warehouse.row(1).await, warehouse.row(3).await], before);
    assert!(warehouse.ledger(1).await.is_empty() && warehouse.stock_events(1).await.is_empty());
    warehouse.admin.put("/api/inventory/1", json!({"delta": 999_999_990})).await.expect(200);
}

#[tokio::test]
async fn an_invalid_adjustment_is_rejected_by_field() {
    let warehouse = TestInventory::open().await;
    for (field, body) in [
        ("quantity", json!({})),
        ("quantity", json!({"reason": "none"})),
        ("delta", json!({"quantity": 1, "delta": 1})),
        ("quantity", json!({"quantity": -1})),
        ("quantity", json!({"quantity": 1_000_000_001})),
        ("quantity", json!({"quantity": 1.5})),
        ("quantity", json!({"quantity": "1"})),
        ("delta", json!({"delta": -1_000_000_001})),
        ("delta", json!({"delta": 1e20})),
        ("delta", json!({"delta": []})),
        ("reason", json!({"quantity": 1, "reason": ""})),
        ("reason", json!({"quantity": 1, "reason": "x".repeat(201)})),
        ("reason", json!({"quantity": 1, "reason": "a\u{0}"})),
        ("reserved", json!({"quantity": 1, "reserved": 0})),
        ("version", json!({"quantity": 1, "version": 9})),
        ("body", json!("all")),
    ] {
        let rejected = warehouse.admin.put("/api/inventory/1", body.clone()).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field, "{body}");
    }
    // Only the catalog knows which products exist: it creates their rows.
    warehouse.admin.put("/api/inventory/4", json!({"quantity": 1})).await.expect(404);
    warehouse.anyone.get("/api/inventory/4").await.expect(404);
    assert!(warehouse.ledger(1).await.is_empty());
}

#[tokio::test]
async fn only_an_admin_moves_stock() {
    let warehouse = TestInventory::open().await;
    let ada = warehouse.test_env.customer().await;
    let body = || json!({"quantity": 1_000});
    warehouse.anyone.put("/api/inventory/1", body()).await.expect(401);
    warehouse.anyone.with_token("x.y.z").put("/api/inventory/1", body()).await.expect(401);
    assert_eq!(
        warehouse.anyone.as_user(&ada).put("/api/inventory/1", body()).await.expect(403).error_code(),
        "forbidden"
    );
    warehouse.admin.send(Method::POST, "/api/inventory/1", Some(body().to_string())).await.expect(405);
    warehouse.admin.send(Method::DELETE, "/api/inventory/1", None).await.expect(405);
    assert_eq!(warehouse.row(1).await["quantity"], 10);
}

#[tokio::test]
async fn concurrent_adjustments_all_count_and_a_stale_one_is_rejected() {
    let warehouse = TestInventory::open().await;
    let etag = warehouse.anyone.get("/api/inventory/2").await.expect(200).header("etag").to_owned();
    let moves = join_all((0..10).map(|_| warehouse.admin.put("/api/inventory/2", json!({"delta": 3})))).await;
    assert!(moves.iter().all(|reply| reply.status == 200));
    assert_eq!(warehouse.row(2).await["quantity"], 30);
    let ledger = warehouse.ledger(2).await;
    assert_eq!(ledger.iter().map(|row| row.1).collect::<Vec<_>>(), (1..=10).map(|n| n * 3).collect::<Vec<_>>());
    let mut events = warehouse.stock_events(2).await;
    events.sort();
    assert_eq!(events, (1..=10).map(|n| (n + 1, n * 3)).collect::<Vec<_>>());
    let stale = warehouse
        .admin
        .with_header("if-match", &etag)
        .put("/api/inventory/2", json!({"quantity": 1}))
        .await
        .expect(412);
    assert_eq!(stale.error_code(), "stale");
    assert_eq!(warehouse.row(2).await["quantity"], 30);
}

#[tokio::test]
async fn stock_is_readable_without_redis() {
    let warehouse = TestInventory::open().await;
    let env = warehouse.test_env.env_with(&[("REDIS_URL", "redis://127.0.0.1:1")]);
    let app = App::from_env(&env, &warehouse.test_env.clock).unwrap();
    let anyone = warehouse.test_env.client(router(app, &warehouse.test_env.http_stack()));
    anyone.get("/api/inventory/1").await.expect(200);
    anyone.post("/api/inventory/check", json!({"items": [{"productId": 1, "quantity": 1}]})).await.expect(200);
    anyone.as_user(&warehouse.admin_user).put("/api/inventory/1", json!({"quantity": 9})).await.expect(503);
    assert_eq!(warehouse.row(1).await["quantity"], 10);
}

#[tokio::test]
async fn an_unavailable_inventorydb_is_a_503() {
    let warehouse = TestInventory::open().await;
    let env = warehouse.test_env.env_with(&[("INVENTORYDB_URL", "postgres://inventory@127.0.0.1:1/inventorydb")]);
    let app = App::from_env(&env, &warehouse.test_env.clock).unwrap();
    let anyone = warehouse.test_env.client(router(app, &warehouse.test_env.http_stack()));
    assert_eq!(anyone.get("/api/inventory/1").await.expect(503).header("retry-after"), "1");
    anyone.as_user(&warehouse.admin_user).put("/api/inventory/1", json!({"quantity": 9})).await.expect(503);
}

#[tokio::test]
async fn one_key_changes_stock_once_and_replays_the_same_bytes() {
    let warehouse = TestInventory::open().await;
    let admin = warehouse.admin.with_header("idempotency-key", "a delivery");
    let path = "/api/inventory/1";
    let first = admin.put(path, json!({"delta": 5})).await.expect(200);
    let again = admin.put(path, json!({"delta": 5})).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(admin.put(path, json!({"delta": 6})).await.expect(422).error_code(), "idempotency_mismatch");
    // Another product is another request.
    admin.put("/api/inventory/2", json!({"delta": 5})).await.expect(422);
    assert_eq!(warehouse.ledger(1).await.len(), 1);
    // A rejection has no effect, and stores no key.
    let admin = warehouse.admin.with_header("idempotency-key", "too much");
    admin.put(path, json!({"delta": -12})).await.expect(409);
    admin.put(path, json!({"delta": -11})).await.expect(200);
    assert_eq!(warehouse.row(1).await["quantity"], 4);
    let admin = warehouse.admin.with_header("idempotency-key", "at once");
    for reply in join_all((0..8).map(|_| admin.put(path, json!({"delta": 1})))).await {
        assert!([200, 409].contains(&reply.status.as_u16()), "{reply:?}");
    }
    assert_eq!(warehouse.row(1).await["quantity"], 5);
}

#[tokio::test]
async fn a_removed_product_has_no_stock_to_set() {
    let warehouse = TestInventory::open().await;
    let mut db = warehouse.db.acquire().await.unwrap();
    store_postgres::inventory::remove_stock(&mut db, domain::ProductId::new(1), warehouse.admin_user.id)
        .await
        .unwrap()
        .unwrap();
    // Repeated, it changes nothing.
    let again = store_postgres::inventory::remove_stock(&mut db, domain::ProductId::new(1), warehouse.admin_user.id)
        .await
        .unwrap();
    assert_eq!(again, None);
    drop(db);
    warehouse.anyone.get("/api/inventory/1").await.expect(404);
    for body in [json!({"quantity": 50}), json!({"delta": 1})] {
        warehouse.admin.put("/api/inventory/1", body).await.expect(404);
    }
    let check = json!({"items": [{"productId": 1, "quantity": 1}]});
    assert_eq!(warehouse.anyone.post("/api/inventory/check", check).await.expect(200).json()["available"], false);
    // Units reserved for orders in progress stay reserved.
    let left = sqlx::query_as("select quantity, reserved from inventory where product_id = 1");
    let left: (i32, i32) = left.fetch_one(&mut *warehouse.db.acquire().await.unwrap()).await.unwrap();
    assert_eq!(left, (4, 4));
    assert_eq!(warehouse.ledger(1).await.len(), 1);
}
