//! Many concurrent writers on one product.

mod shop;

use std::collections::HashSet;

use futures::future::join_all;
use serde_json::json;
use shop::{Shop, expected_summary, new_review};
use testkit::TestUser;

#[tokio::test]
async fn fifty_users_review_one_product_at_once_and_all_succeed() {
    let shop = Shop::open().await;
    let lamp = shop.product().await;
    let customers = shop.customers(50).await;
    // Instances of the function know nothing of each other.
    let instances = shop.instances(5).await;
    let write = async |(n, person): (usize, &TestUser)| {
        instances[n % 5].as_user(person).post("/api/reviews", new_review(lamp, n as i64 % 5 + 1)).await.expect(201)
    };
    join_all(customers.iter().enumerate().map(write)).await;
    let listed = shop.list(lamp, "?limit=100").await;
    assert_eq!(listed.len(), 50);
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));
}

#[tokio::test]
async fn of_one_users_concurrent_reviews_exactly_one_is_accepted() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    let instances = shop.instances(5).await;
    let post = async |n: usize| {
        let reply = instances[n % 5].as_user(&ada).post("/api/reviews", new_review(lamp, n as i64 % 5 + 1)).await;
        reply.status.as_u16()
    };
    let replies = join_all((0..20).map(post)).await;
    let taken = replies.iter().filter(|status| **status == 201).count();
    assert_eq!((taken, replies.iter().filter(|status| **status == 409).count()), (1, 19), "{replies:?}");
    let listed = shop.list(lamp, "").await;
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));
}

#[tokio::test]
async fn writing_changing_and_deleting_at_once_leaves_ratings_that_add_up() {
    let shop = Shop::open().await;
    let lamp = shop.product().await;
    let customers = shop.customers(12).await;
    let instances = shop.instances(4).await;
    let live = async |(n, person): (usize, &TestUser)| {
        let me = instances[n % 4].as_user(person);
        for round in 0..3_i64 {
            let path = me.post("/api/reviews", new_review(lamp, (n as i64 + round) % 5 + 1)).await.expect(201);
            let path = path.header("location").to_owned();
            me.put(&path, json!({ "rating": (n as i64 + 2 * round) % 5 + 1, "comment": "" })).await.expect(200);
            if round < 2 || n % 2 == 0 {
                me.delete(&path).await.expect(204);
            }
        }
    };
    join_all(customers.iter().enumerate().map(live)).await;
    let listed = shop.list(lamp, "").await;
    assert_eq!(listed.len(), 6);
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));
}

#[tokio::test]
async fn pages_skip_and_repeat_nothing_while_reviews_are_written() {
    let shop = Shop::open().await;
    let lamp = shop.product().await;
    for sort in ["newest", "rating", "-rating"] {
        let lamp = if sort == "newest" { lamp } else { shop.product().await };
        let mut before = HashSet::new();
        for n in 0..17 {
            let person = shop.test_env.customer().await;
            let written = shop.api.as_user(&person).post("/api/reviews", new_review(lamp, n % 3 + 1)).await.expect(201);
            before.insert(written.json()["id"].to_string());
        }
        let mut path = format!("/api/reviews/product/{lamp}?sort={sort}&limit=4");
        let mut seen = Vec::new();
        loop {
            let page = shop.api.get(&path).await.expect(200);
            seen.extend(page.json().as_array().unwrap().clone());
            let person = shop.test_env.customer().await;
            shop.api.as_user(&person).post("/api/reviews", new_review(lamp, 2)).await.expect(201);
            let link = page.header("link");
            let Some(next) = link.strip_prefix('<').and_then(|link| link.split('>').next()) else { break };
            path = next.to_owned();
        }
        let ids: Vec<String> = seen.iter().map(|review| review["id"].to_string()).collect();
        let unique: HashSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{sort}: repeated");
        assert!(before.iter().all(|id| unique.contains(id)), "{sort}: skipped");
        let key = |review: &serde_json::Value| match sort {
            "newest" => (review["createdAt"].to_string(), review["id"].to_string()),
            _ => (review["rating"].to_string(), review["id"].to_string()),
        };
        let mut sorted = seen.clone();
        sorted.sort_by_key(key);
        if sort != "rating" {
            sorted.reverse();
        }
        assert_eq!(seen, sorted, "{sort}");
    }
}
