//! Concurrent writers of one product, and abandoned writes: a rejection has no effect in either
//! database, two writes never mix, and a begun write is completed.

use domain::events::EventEnvelope;
use domain::products::ProductDraft;
use domain::{ProductId, UserId};
use futures::future::join_all;
use serde_json::{Value, json};
use store_postgres::products::{self, writes};

use crate::shop::{Shop, path, tea};

/// Enough for a race to show: the first one that was found lost 11 of 12.
const ROUNDS: i64 = 12;

fn product_body(price: i64, stock: i64) -> Value {
    json!({"name": "Tea", "price": price, "stock": stock})
}

fn product_id(product: &Value) -> ProductId {
    serde_json::from_value(product["id"].clone()).unwrap()
}

/// The rows of writes in progress.
async fn count_pending_writes(shop: &Shop) -> i64 {
    shop.test_env.query_scalar("PRODUCTDB_URL", "select count(*) from product_writes").await
}

async fn count_ledger_entries(shop: &Shop) -> i64 {
    shop.test_env.query_scalar("INVENTORYDB_URL", "select count(*) from stock_ledger").await
}

#[tokio::test]
async fn of_two_with_one_etag_the_rejected_one_leaves_no_stock() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    for round in 1..=ROUNDS {
        let etag = shop.anyone.get(&path(&product)).await.expect(200).header("etag").to_owned();
        let put = |price: i64, stock: i64| {
            let (client, path) = (shop.admin.with_header("if-match", &etag), path(&product));
            async move { client.put(&path, product_body(price, stock)).await }
        };
        let (a, b) = tokio::join!(put(round * 10 + 1, 101), put(round * 10 + 2, 102));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "round {round}");
        let kept = if a.status == 200 { 101 } else { 102 };
        assert_eq!(shop.stock(&product).await, Some((kept, 0)), "round {round}");
        let shown = shop.anyone.get(&path(&product)).await.expect(200).json();
        assert_eq!(shown["stock"], kept, "round {round}");
    }
    assert_eq!(count_pending_writes(&shop).await, 0);
}

#[tokio::test]
async fn a_write_concurrent_with_a_removal_leaves_nothing_for_sale() {
    let shop = Shop::open().await;
    for round in 0..ROUNDS {
        let product = shop.add(tea()).await;
        let path = path(&product);
        let (put, delete) = tokio::join!(shop.admin.put(&path, product_body(1, 9)), shop.admin.delete(&path));
        assert!([200, 404].contains(&put.status.as_u16()), "round {round}: {put:?}");
        assert_eq!(delete.status, 204, "round {round}: {delete:?}");
        assert_eq!(shop.stock(&product).await, Some((0, 0)), "round {round}, put {}", put.status);
        shop.anyone.get(&path).await.expect(404);
    }
    assert_eq!(count_pending_writes(&shop).await, 0);
}

#[tokio::test]
async fn the_price_of_one_writer_never_mixes_with_the_stock_of_another() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let path = path(&product);
    for round in 0..ROUNDS {
        let writers = (1..=4).map(|n| shop.admin.put(&path, product_body(round * 4 + n, round * 4 + n)));
        for reply in join_all(writers).await {
            assert_eq!(reply.status, 200, "round {round}: {reply:?}");
            // Each response is one writer's own.
            let saved = reply.json();
            assert_eq!(saved["price"].as_f64(), saved["stock"].as_f64(), "round {round}");
        }
        let shown = shop.anyone.get(&path).await.expect(200).json();
        let stock = shown["stock"].as_i64().unwrap();
        assert_eq!(shown["price"].as_f64(), Some(stock as f64), "round {round}");
        assert_eq!(shop.stock(&product).await.map(|(quantity, _)| i64::from(quantity)), Some(stock), "round {round}");
    }
}

#[tokio::test]
async fn a_stock_below_what_is_reserved_changes_nothing_at_all() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    shop.reserve(&product, 5).await;
    let rejected = shop.admin.put(&path(&product), product_body(99, 4)).await.expect(409);
    assert_eq!(rejected.error_code(), "below_reserved");
    assert_eq!(shop.stock(&product).await, Some((12, 5)));
    let shown = shop.anyone.get(&path(&product)).await.expect(200).json();
    assert_eq!((&shown["price"], count_pending_writes(&shop).await), (&json!(4.5), 0));
    // The rejection is not stored: the product can be written again.
    shop.admin.put(&path(&product), product_body(99, 5)).await.expect(200);
}

#[tokio::test]
async fn one_key_adds_one_product_and_replays_the_same_bytes() {
    let shop = Shop::open().await;
    let admin = shop.admin.with_header("idempotency-key", "new tea");
    let first = admin.post("/api/products", tea()).await.expect(201);
    let again = admin.post("/api/products", tea()).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    assert_eq!(again.header("location"), first.header("location"));
    let other = admin.post("/api/products", product_body(1, 1)).await.expect(422);
    assert_eq!(other.error_code(), "idempotency_mismatch");
    // Concurrently: one adds, the others wait for its response or are told to.
    let admin = shop.admin.with_header("idempotency-key", "at once");
    for reply in join_all((0..8).map(|_| admin.post("/api/products", tea()))).await {
        assert!([201, 409].contains(&reply.status.as_u16()), "{reply:?}");
    }
    assert_eq!(shop.test_env.query_scalar("PRODUCTDB_URL", "select count(*) from products").await, 2);
    assert_eq!(count_ledger_entries(&shop).await, 2);
}

/// A replacement as a process leaves it that crashed right after it was stored.
async fn begin_replace(shop: &Shop, product: &Value, draft: Value, pieces: i32) {
    let draft: ProductDraft = serde_json::from_value(draft).unwrap();
    let mut db = shop.productdb().begin().await.unwrap();
    let id = product_id(product);
    products::lock(&mut db, id).await.unwrap().unwrap();
    let writer = (shop.admin_user.id, shop.test_env.clock.new_uuid());
    writes::begin_replace(&mut db, id, &draft, pieces, writer).await.unwrap();
    db.commit().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_write_is_completed_by_recovery_or_the_next_writer() {
    let shop = Shop::open().await;
    let recovery = recovery::App::from_env(&shop.test_env.env(), &shop.test_env.clock).unwrap();
    let product = shop.add(tea()).await;

    begin_replace(&shop, &product, json!({"name": "Left by a dead one", "price": 3}), 33).await;
    assert_eq!(recovery::run_with_idle_seconds(&recovery, 0.0).await.unwrap().product_writes, 1);
    assert_eq!(shop.stock(&product).await, Some((33, 0)));
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json()["price"], 3);

    // What the client last saw is not what it overwrites.
    let etag = shop.anyone.get(&path(&product)).await.expect(200).header("etag").to_owned();
    begin_replace(&shop, &product, json!({"name": "Also", "price": 4}), 44).await;
    shop.admin.with_header("if-match", &etag).put(&path(&product), product_body(5, 55)).await.expect(412);
    assert_eq!(shop.stock(&product).await, Some((44, 0)));
    begin_replace(&shop, &product, json!({"name": "Also", "price": 6}), 66).await;
    shop.admin.put(&path(&product), json!({"name": "Tea", "price": 7})).await.expect(200);
    assert_eq!((shop.stock(&product).await, count_pending_writes(&shop).await), (Some((66, 0)), 0));
}

#[tokio::test]
async fn an_interrupted_addition_is_completed_once_by_its_key() {
    let shop = Shop::open().await;
    let admin = shop.admin.with_header("idempotency-key", "k");
    let first = admin.post("/api/products", tea()).await.expect(201);
    // As if it had crashed between the two databases.
    let mut db = shop.productdb().acquire().await.unwrap();
    sqlx::raw_sql(
        "insert into product_writes (product_id, token, kind, pieces, actor, answer)
         select p.id, k.subject, 'add', 12, k.user_id, k.outcome from products p, idempotency_keys k;
         update idempotency_keys set outcome = null, locked_until = clock_timestamp() - interval '1 second';",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    drop(db);
    let mut db = shop.inventorydb().acquire().await.unwrap();
    sqlx::raw_sql("delete from inventory; delete from stock_ledger; delete from stock_writes")
        .execute(&mut *db)
        .await
        .unwrap();
    drop(db);
    let again = admin.post("/api/products", tea()).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    assert_eq!(shop.stock(&first.json()).await, Some((12, 0)));
    assert_eq!(shop.test_env.query_scalar("PRODUCTDB_URL", "select count(*) from products").await, 1);
}

/// A process that continues a write which others completed long ago changes nothing.
#[tokio::test]
async fn a_late_step_changes_nothing() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let (token, id) = (shop.test_env.clock.new_uuid(), product_id(&product));
    let mut db = shop.inventorydb().acquire().await.unwrap();
    let by: UserId = shop.admin_user.id;
    let mut set = async |pieces| store_postgres::inventory::set_stock(&mut db, token, id, pieces, by).await.unwrap();
    let first: Option<EventEnvelope> = match set(20).await {
        store_postgres::inventory::SetStockOutcome::Applied(_, event) => event.map(|event| *event),
        other => panic!("{other:?}"),
    };
    assert!(first.is_some());
    shop.admin.put(&path(&product), product_body(1, 30)).await.expect(200);
    assert!(matches!(set(20).await, store_postgres::inventory::SetStockOutcome::Applied(_, None)));
    assert_eq!(shop.stock(&product).await, Some((30, 0)));
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json()["stock"], 30);
}
