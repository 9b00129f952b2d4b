use redis::AsyncCommands;
use serde_json::json;
use testkit::TestEnv;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::shop::{Shop, id, path, tea};

/// An address where no server listens.
async fn closed_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

/// An address that accepts connections and never responds.
async fn silent_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    address
}

#[tokio::test]
async fn reads_go_on_quickly_without_redis() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let healthy = shop.anyone.get(&path(&product)).await.expect(200);
    for address in [closed_address().await, silent_address().await] {
        let env = shop.test_env.env_with(&[("REDIS_URL", &format!("redis://{address}"))]);
        let app = products::App::from_env(&env, &shop.test_env.clock).unwrap();
        let anyone = shop.test_env.client(products::router(app, &shop.test_env.http_stack()));
        let start = Instant::now();
        for _ in 0..30 {
            let reply = anyone.get(&path(&product)).await.expect(200);
            assert_eq!((&reply.bytes, reply.header("etag")), (&healthy.bytes, healthy.header("etag")));
            anyone.get("/api/products?q=green").await.expect(200);
            anyone.get("/api/products/categories").await.expect(200);
            anyone.get("/api/products/2147483647").await.expect(404);
        }
        // 120 responses; each waiting its 100 ms would take 12 s.
        assert!(start.elapsed().as_secs() < 5, "{address} took {:?}", start.elapsed());
        // The caller cannot be authenticated without Redis, so nothing is written.
        anyone.as_user(&shop.admin_user).post("/api/products", tea()).await.expect(503);
        anyone.get("/api/products/ready").await.expect(503);
        anyone.get("/api/products/health").await.expect(200);
    }
    assert_eq!(shop.names("").await.len(), 1);
}

#[tokio::test]
async fn foreign_values_in_redis_are_never_served() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let expected = shop.anyone.get(&path(&product)).await.expect(200).bytes;
    let list = shop.anyone.get("/api/products").await.expect(200).bytes;
    let env = shop.test_env.env();
    let client = redis::Client::open(env.required("REDIS_URL").unwrap()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let key = |name: &str| format!("{}{name}", shop.test_env.prefix);
    let (one, all) = (key(&format!("product:{}", id(&product))), key("products"));
    let forms: Vec<String> = redis.hkeys(&all).await.unwrap();
    let form = forms.iter().find(|form| form.starts_with('[')).expect("the list is cached");
    // Bytes in the right place that the shop did not write.
    for garbage in ["", "null", "<html>", "[", "{\"id\":999999}", "\u{0}\n["] {
        let _: () = redis.hset(&one, "json", garbage).await.unwrap();
        let _: () = redis.hset(&all, form, garbage).await.unwrap();
        assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, expected, "{garbage:?}");
        assert_eq!(shop.anyone.get("/api/products").await.expect(200).bytes, list, "{garbage:?}");
    }
    // Values of another type in place of the entry.
    for poisoned in [&one, &all] {
        let _: () = redis.del(poisoned).await.unwrap();
        let _: () = redis.set(poisoned, "not a hash").await.unwrap();
    }
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, expected);
    assert_eq!(shop.anyone.get("/api/products").await.expect(200).bytes, list);
    // A write repairs it.
    let written = shop.admin.put(&path(&product), json!({"name": "New", "price": 1})).await.expect(200).bytes;
    for _ in 0..2 {
        assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, written);
        assert_eq!(shop.names("").await, ["New"]);
    }
    let kept: String = redis.hget(&one, "json").await.unwrap();
    assert_eq!(kept.as_bytes(), written);
}

#[tokio::test]
async fn without_inventory_nothing_is_half_written() {
    let test_env = TestEnv::new().await;
    let away = format!("postgres://inventory@{}/inventorydb", closed_address().await);
    let env = test_env.env_with(&[("INVENTORYDB_URL", &away)]);
    let shop = Shop::open_with(test_env, &env).await;
    shop.admin.post("/api/products", tea()).await.expect(503);
    assert!(shop.names("").await.is_empty(), "the product was taken back");
    let app = products::App::from_env(&shop.test_env.env(), &shop.test_env.clock).unwrap();
    let whole = shop.test_env.client(products::router(app, &shop.test_env.http_stack())).as_user(&shop.admin_user);
    let product = whole.post("/api/products", tea()).await.expect(201).json();
    shop.admin.put(&path(&product), json!({"name": "New", "price": 1, "stock": 3})).await.expect(503);
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json(), product);
    // Writes that do not touch stock succeed.
    shop.admin.put(&path(&product), json!({"name": "New", "price": 1})).await.expect(200);
    assert_eq!(shop.stock(&product).await, Some((12, 0)));
    // Nobody can buy what is out of the catalog; its stock follows as soon as possible.
    shop.admin.delete(&path(&product)).await.expect(204);
    shop.anyone.get(&path(&product)).await.expect(404);
    let recovery = recovery::App::from_env(&shop.test_env.env(), &shop.test_env.clock).unwrap();
    assert_eq!(recovery::run_with_idle_seconds(&recovery, 0.0).await.unwrap().product_writes, 1);
    assert_eq!(shop.stock(&product).await, Some((0, 0)));
}

#[tokio::test]
async fn an_unavailable_productdb_is_a_503_and_stock_stays() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let away = format!("postgres://products@{}/productdb", closed_address().await);
    let app =
        products::App::from_env(&shop.test_env.env_with(&[("PRODUCTDB_URL", &away)]), &shop.test_env.clock).unwrap();
    let anyone = shop.test_env.client(products::router(app, &shop.test_env.http_stack()));
    for _ in 0..2 {
        let failed = anyone.get("/api/products").await.expect(503);
        assert_eq!((failed.error_code().as_str(), failed.header("retry-after")), ("unavailable", "1"));
        anyone.get(&path(&product)).await.expect(503);
    }
    let admin = anyone.as_user(&shop.admin_user);
    admin.put(&path(&product), json!({"name": "New", "price": 1, "stock": 3})).await.expect(503);
    admin.delete(&path(&product)).await.expect(503);
    admin.post("/api/products", tea()).await.expect(503);
    assert_eq!(shop.stock(&product).await, Some((12, 0)));
}

#[tokio::test]
async fn a_put_repairs_a_product_whose_creation_was_interrupted() {
    let shop = Shop::open().await;
    let product = shop.add(json!({"name": "Half", "price": 1})).await;
    // As a crash between the two databases leaves it: in the catalog, unknown to inventory.
    let mut db = shop.inventorydb().acquire().await.unwrap();
    sqlx::query("delete from inventory").execute(&mut *db).await.unwrap();
    drop(db);
    let half = shop.anyone.get(&path(&product)).await.expect(200).json();
    assert_eq!(half["stock"], 0);
    let mended =
        shop.admin.put(&path(&product), json!({"name": "Whole", "price": 1, "stock": 7})).await.expect(200).json();
    assert_eq!((mended["stock"].as_i64(), shop.stock(&product).await), (Some(7), Some((7, 0))));
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json(), mended);
}
