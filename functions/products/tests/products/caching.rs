use futures::future::join_all;
use serde_json::json;
use store_redis::{Cache, CacheEntry, Config, Lookup, Redis};

use crate::shop::{Shop, id, path, tea};

const NONCE: &str = "test";

fn cache(shop: &Shop) -> Cache {
    Cache::new(Redis::new(&Config::from_env(&shop.test_env.env()).unwrap()).unwrap())
}

/// Counts, from now on, how often rows of products are read, by any reader.
async fn install_read_counter(shop: &Shop) {
    shop.execute_as_owner(
        "create sequence reads;
         alter table products rename to shelved;
         create view products as select * from shelved where nextval('reads') > 0;
         grant select on products to fn_products;
         grant usage on sequence reads to fn_products;",
    )
    .await;
}

async fn count_reads(shop: &Shop) -> i64 {
    let mut db = shop.productdb().acquire().await.unwrap();
    let last = sqlx::query_scalar("select coalesce(pg_sequence_last_value('reads'), 0)");
    last.fetch_one(&mut *db).await.unwrap()
}

#[tokio::test]
async fn hot_and_cold_answers_are_the_same_bytes_and_headers() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    shop.add(json!({"name": "Cup", "price": 2})).await;
    install_read_counter(&shop).await;
    for path in [path(&product), "/api/products?limit=1".to_owned(), "/api/products?q=gr&inStock=true".to_owned()] {
        let before = count_reads(&shop).await;
        let cold = shop.anyone.get(&path).await.expect(200);
        let after = count_reads(&shop).await;
        assert!(after > before, "the first was read from the database");
        for _ in 0..3 {
            let hot = shop.anyone.get(&path).await.expect(200);
            assert_eq!(hot.bytes, cold.bytes);
            let headers = |reply: &testkit::TestResponse| {
                let mut headers = reply.headers.clone();
                headers.remove("x-request-id");
                headers
            };
            assert_eq!(headers(&hot), headers(&cold), "{path}");
        }
        assert_eq!(count_reads(&shop).await, after, "the others were not");
    }
    assert!(shop.anyone.get("/api/products?limit=1").await.header("link").contains("cursor="));
}

#[tokio::test]
async fn a_hundred_simultaneous_misses_cost_one_query() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    install_read_counter(&shop).await;
    // From now on a connection is open.
    shop.anyone.get("/api/products/2147483647").await.expect(404);
    for path in [path(&product), "/api/products".to_owned(), "/api/products?category=tea&sort=price".to_owned()] {
        let before = count_reads(&shop).await;
        let replies = join_all((0..100).map(|_| shop.anyone.get(&path))).await;
        assert!(replies.iter().all(|reply| reply.status == 200 && reply.bytes == replies[0].bytes));
        assert_eq!(count_reads(&shop).await - before, 1, "{path}");
    }
}

#[tokio::test]
async fn a_write_is_seen_by_the_very_next_read() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let lists = ["", "?q=green", "?q=black", "?category=tea", "?maxPrice=9", "?inStock=true", "?sort=price&limit=1"];
    for round in 1..=10 {
        for list in lists {
            shop.names(list).await;
        }
        let name = if round % 2 == 0 { "Green tea" } else { "Black tea" };
        let stock = if round % 3 == 0 { 0 } else { round };
        let changed = json!({"name": name, "price": round, "category": "tea", "stock": stock});
        let written = shop.admin.put(&path(&product), changed).await.expect(200);
        assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, written.bytes);
        let found = |yes: bool| if yes { vec![name.to_owned()] } else { Vec::new() };
        assert_eq!(shop.names("").await, found(true));
        assert_eq!(shop.names("?q=green").await, found(round % 2 == 0));
        assert_eq!(shop.names("?q=black").await, found(round % 2 != 0));
        assert_eq!(shop.names("?maxPrice=9").await, found(round <= 9));
        assert_eq!(shop.names("?inStock=true").await, found(stock > 0));
    }
    shop.admin.delete(&path(&product)).await.expect(204);
    shop.anyone.get(&path(&product)).await.expect(404);
    for list in lists {
        assert!(shop.names(list).await.is_empty(), "{list}");
    }
}

#[tokio::test]
async fn a_slow_reader_cannot_put_back_what_a_write_removed() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let (cache, entry) = (cache(&shop), CacheEntry::product(domain::ProductId::new(id(&product))));
    let Lookup::Miss(token) = cache.find(&entry, "json").await.unwrap() else { panic!("nobody has read it yet") };
    let stale = shop.anyone.get(&path(&product)).await.expect(200).bytes;
    let written = shop.admin.put(&path(&product), json!({"name": "New", "price": 1})).await.expect(200);
    cache.fill(&entry, "json", &token, &stale).await.unwrap();
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, written.bytes);
    // Nor after the new bytes have been cached, nor after the entry was invalidated once more.
    cache.fill(&entry, "json", &token, &stale).await.unwrap();
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, written.bytes);
    cache.invalidate(std::slice::from_ref(&entry), NONCE).await.unwrap();
    cache.fill(&entry, "json", &token, &stale).await.unwrap();
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).bytes, written.bytes);
}

#[tokio::test]
async fn no_reader_waits_for_a_lease_that_was_invalidated_or_returned() {
    let shop = Shop::open().await;
    let (cache, entry) = (cache(&shop), CacheEntry::new("shelf"));
    let patience = std::time::Duration::from_millis(250);
    let look = async || tokio::time::timeout(patience, cache.find(&entry, "json")).await.expect("no wait").unwrap();
    let Lookup::Miss(_) = look().await else { panic!("empty") };
    cache.invalidate(std::slice::from_ref(&entry), NONCE).await.unwrap();
    let Lookup::Miss(token) = look().await else { panic!("forgotten") };
    cache.release_lease(&entry, "json").await.unwrap();
    let Lookup::Miss(_) = look().await else { panic!("nothing was there") };
    // Two forms that miss at the same time are both stored.
    let Lookup::Miss(other) = cache.find(&entry, "other").await.unwrap() else { panic!("empty") };
    cache.fill(&entry, "json", &token, b"one").await.unwrap();
    cache.fill(&entry, "other", &other, b"two").await.unwrap();
    for (form, bytes) in [("json", &b"one"[..]), ("other", b"two")] {
        assert!(matches!(cache.find(&entry, form).await.unwrap(), Lookup::Hit(hit) if hit == bytes), "{form}");
    }
}
