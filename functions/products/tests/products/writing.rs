use serde_json::{Value, json};
use sqlx::Row;

use crate::shop::{Shop, id, path, tea};

async fn ledger_entries(shop: &Shop, product: &Value) -> Vec<(i32, i32, Option<i32>)> {
    let mut db = shop.inventorydb().acquire().await.unwrap();
    let select =
        sqlx::query_as("select delta, quantity_after, actor from stock_ledger where product_id = $1 order by id");
    select.bind(id(product)).fetch_all(&mut *db).await.unwrap()
}

/// The outbox events about a product, as `name version available`, all of them published.
async fn published_events(db: store_postgres::Database, product: &Value) -> Vec<String> {
    let mut db = db.acquire().await.unwrap();
    let rows = sqlx::query("select body, sent_at is not null as sent from outbox order by id")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    let bodies = rows.iter().inspect(|row| assert!(row.get::<bool, _>("sent"))).map(|row| row.get::<String, _>("body"));
    let events = bodies.map(|body| serde_json::from_str::<Value>(&body).unwrap());
    let about = events.filter(|event| event["data"]["productId"] == product["id"]);
    about
        .map(|event| {
            format!("{} {} {}", event["type"].as_str().unwrap(), event["data"]["version"], event["data"]["available"])
        })
        .collect()
}

#[tokio::test]
async fn an_admin_adds_a_product_and_everybody_sees_it() {
    let shop = Shop::open().await;
    let added = shop.admin.post("/api/products", tea()).await.expect(201);
    let product = added.json();
    assert_eq!(added.header("location"), path(&product));
    let seen = shop.anyone.get(&path(&product)).await.expect(200);
    assert_eq!((&seen.bytes, seen.header("etag")), (&added.bytes, added.header("etag")));
    assert_eq!(product["stock"], 12);
    assert_eq!(product["price"], 4.5);
    assert_eq!(product["rating"], json!({"average": 0.0, "count": 0}));
    assert_eq!(shop.names("").await, ["Green tea"]);
    assert_eq!(shop.stock(&product).await, Some((12, 0)));
    assert_eq!(ledger_entries(&shop, &product).await, [(12, 12, Some(shop.admin_user.id.get()))]);
    assert_eq!(published_events(shop.productdb(), &product).await, ["product.changed null null"]);
    assert_eq!(published_events(shop.inventorydb(), &product).await, ["stock.changed 1 12"]);
}

#[tokio::test]
async fn a_product_needs_no_more_than_a_name_and_a_price() {
    let shop = Shop::open().await;
    let bare = shop.add(json!({"name": " Tea ", "price": 0})).await;
    assert_eq!((bare["name"].as_str(), &bare["price"], &bare["stock"]), (Some("Tea"), &json!(0), &json!(0)));
    for left_out in ["description", "image", "category"] {
        assert_eq!(bare[left_out], Value::Null);
    }
    // Its inventory row exists nevertheless, and nothing has changed yet.
    assert_eq!(shop.stock(&bare).await, Some((0, 0)));
    assert!(ledger_entries(&shop, &bare).await.is_empty());
    let dearest = shop.add(json!({"name": "x".repeat(255), "price": 99_999_999.99, "description": "й".repeat(10_000), "stock": 1_000_000_000})).await;
    assert_eq!(shop.anyone.get(&path(&dearest)).await.expect(200).json(), dearest);
}

#[tokio::test]
async fn a_product_is_replaced_as_a_whole_except_for_its_stock() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    shop.reserve(&product, 2).await;
    let replaced = shop.admin.put(&path(&product), json!({"name": "Black tea", "price": 5})).await.expect(200);
    let black = replaced.json();
    assert_eq!(black["name"], "Black tea");
    assert_eq!(
        (&black["category"], &black["description"], &black["image"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(black["createdAt"], product["createdAt"]);
    assert_eq!(shop.stock(&product).await, Some((12, 2)), "stock was not sent");
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, replaced.bytes);
    // If sent, it sets the quantity; reserved units cannot be sold.
    let stocked =
        shop.admin.put(&path(&product), json!({"name": "Black tea", "price": 5, "stock": 20})).await.expect(200).json();
    assert_eq!((shop.stock(&product).await, &stocked["stock"]), (Some((20, 2)), &json!(18)));
    assert_eq!(ledger_entries(&shop, &product).await.iter().map(|row| row.0).collect::<Vec<_>>(), [12, 8]);
    assert_eq!(published_events(shop.inventorydb(), &product).await, ["stock.changed 1 12", "stock.changed 3 18"]);
    // The same again changes nothing.
    shop.admin.put(&path(&product), json!({"name": "Black tea", "price": 5, "stock": 20})).await.expect(200);
    assert_eq!(ledger_entries(&shop, &product).await.len(), 2);
}

#[tokio::test]
async fn stock_below_what_is_reserved_is_rejected_and_nothing_changes() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    shop.reserve(&product, 5).await;
    let rejected = shop.admin.put(&path(&product), json!({"name": "Cheap", "price": 1, "stock": 4})).await.expect(409);
    assert_eq!(rejected.error_code(), "below_reserved");
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json(), product);
    assert_eq!(shop.stock(&product).await, Some((12, 5)));
}

#[tokio::test]
async fn one_admin_does_not_overwrite_another() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let etag = shop.anyone.get(&path(&product)).await.expect(200).header("etag").to_owned();
    let mine = json!({"name": "Mine", "price": 1, "stock": 3});
    let first = shop.admin.with_header("if-match", &etag).put(&path(&product), mine).await.expect(200);
    for stale in [json!({"name": "Theirs", "price": 2}), json!({"name": "Theirs", "price": 2, "stock": 99})] {
        let rejected = shop.admin.with_header("if-match", &etag).put(&path(&product), stale).await.expect(412);
        assert_eq!(rejected.error_code(), "stale");
    }
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, first.bytes);
    assert_eq!(shop.stock(&product).await, Some((3, 0)));
    let fresh = first.header("etag").to_owned();
    shop.admin
        .with_header("if-match", &fresh)
        .put(&path(&product), json!({"name": "Theirs", "price": 2}))
        .await
        .expect(200);
    shop.admin.with_header("if-match", "*").put(&path(&product), json!({"name": "Any", "price": 2})).await.expect(200);
}

#[tokio::test]
async fn of_many_admins_with_the_same_version_one_wins() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let etag = shop.anyone.get(&path(&product)).await.expect(200).header("etag").to_owned();
    let admin = shop.admin.with_header("if-match", &etag);
    let put = |n: i32| admin.put(path(&product).leak(), json!({"name": format!("Tea {n}"), "price": n}));
    let replies = futures::future::join_all((1..=8).map(put)).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    assert!(replies.iter().all(|reply| reply.status == 200 || reply.status == 412));
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, won[0].bytes);
}

#[tokio::test]
async fn a_removed_product_is_not_found_and_cannot_be_sold() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    shop.reserve(&product, 5).await;
    let gone = shop.admin.delete(&path(&product)).await.expect(204);
    assert!(gone.bytes.is_empty());
    shop.anyone.get(&path(&product)).await.expect(404);
    shop.admin.delete(&path(&product)).await.expect(404);
    shop.admin.put(&path(&product), tea()).await.expect(404);
    assert!(shop.names("").await.is_empty());
    // Reserved units stay reserved; the rest left with a ledger row.
    assert_eq!(shop.stock(&product).await, Some((5, 5)));
    assert_eq!(ledger_entries(&shop, &product).await.iter().map(|row| row.0).collect::<Vec<_>>(), [12, -7]);
}

#[tokio::test]
async fn categories_are_counted_as_products_come_move_and_go() {
    let shop = Shop::open().await;
    let categories = async || shop.anyone.get("/api/products/categories").await.expect(200).json();
    assert_eq!(categories().await, json!([]));
    let of = |category: Value| json!({"name": "Thing", "price": 1, "category": category});
    let cup = shop.add(of(json!("cups"))).await;
    shop.add(of(json!("tea"))).await;
    shop.add(of(json!("tea"))).await;
    shop.add(of(Value::Null)).await;
    assert_eq!(categories().await, json!([{"category": "cups", "count": 1}, {"category": "tea", "count": 2}]));
    shop.admin.put(&path(&cup), of(json!("Tableware"))).await.expect(200);
    assert_eq!(categories().await, json!([{"category": "Tableware", "count": 1}, {"category": "tea", "count": 2}]));
    shop.admin.put(&path(&cup), of(Value::Null)).await.expect(200);
    assert_eq!(categories().await, json!([{"category": "tea", "count": 2}]));
    shop.admin.put(&path(&cup), of(json!("tea"))).await.expect(200);
    shop.admin.delete(&path(&cup)).await.expect(204);
    assert_eq!(categories().await, json!([{"category": "tea", "count": 2}]));
}

#[tokio::test]
async fn opposite_moves_between_two_categories_never_wait_for_each_other() {
    let shop = Shop::open().await;
    let of = |category: &str| json!({"name": "Thing", "price": 1, "category": category});
    let (left, right) = (shop.add(of("a")).await, shop.add(of("b")).await);
    for round in 0..10 {
        let (to_left, to_right) = if round % 2 == 0 { ("b", "a") } else { ("a", "b") };
        let (left, right) = (path(&left), path(&right));
        let both = (shop.admin.put(&left, of(to_left)), shop.admin.put(&right, of(to_right)));
        let (one, other) = tokio::join!(both.0, both.1);
        one.expect(200);
        other.expect(200);
    }
    let counts = shop.anyone.get("/api/products/categories").await.expect(200).json();
    assert_eq!(counts, json!([{"category": "a", "count": 1}, {"category": "b", "count": 1}]));
}
