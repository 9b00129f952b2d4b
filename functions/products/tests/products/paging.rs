use serde_json::json;

use crate::shop::{Shop, names, next_link, path, tea};

const SORTS: [&str; 5] = ["newest", "price", "-price", "name", "-rating"];

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_products_come_and_go() {
    let shop = Shop::open().await;
    for n in 0..40 {
        // Equal prices and names, so that the id must break the ties.
        shop.add(json!({"name": format!("Tea {}", n % 4), "price": n % 3, "description": format!("first {n}")})).await;
    }
    for sort in SORTS {
        let mut seen = Vec::new();
        let mut page = Some(format!("/api/products?sort={sort}&limit=7"));
        while let Some(path) = page {
            let reply = shop.anyone.get(&path).await.expect(200);
            let products = reply.json();
            let texts = products
                .as_array()
                .unwrap()
                .iter()
                .map(|product| product["description"].as_str().unwrap_or_default().to_owned());
            seen.extend(texts.filter(|text| text.starts_with("first")));
            // New products at both ends of every order.
            let late =
                [json!({"name": "A", "price": 0}), json!({"name": "Zz", "price": 99})].map(|product| shop.add(product));
            let [late, _] = futures::future::join_all(late).await.try_into().unwrap();
            shop.admin.delete(&self::path(&late)).await.expect(204);
            page = next_link(&reply);
        }
        seen.sort();
        let mut expected: Vec<String> = (0..40).map(|n| format!("first {n}")).collect();
        expected.sort();
        assert_eq!(seen, expected, "{sort}");
    }
}

#[tokio::test]
async fn the_next_page_keeps_its_filters_and_the_last_has_no_next() {
    let shop = Shop::open().await;
    for name in ["Assam", "Bancha", "Cups", "Darjeeling"] {
        let category = if name == "Cups" { "cups" } else { "tea" };
        shop.add(json!({"name": name, "price": 1, "category": category})).await;
    }
    let first = shop.anyone.get("/api/products?category=tea&sort=name&limit=2").await.expect(200);
    assert_eq!(names(&first), ["Assam", "Bancha"]);
    let rest = next_link(&first).unwrap();
    assert!(rest.starts_with("/api/products?category=tea&sort=name&limit=2&cursor="), "{rest}");
    let second = shop.anyone.get(&rest).await.expect(200);
    assert_eq!((names(&second), next_link(&second)), (vec!["Darjeeling".to_owned()], None));
    // A page that ends with the last product has no next page either.
    assert_eq!(next_link(&shop.anyone.get("/api/products?limit=4").await.expect(200)), None);
    assert!(next_link(&shop.anyone.get("/api/products?limit=3").await.expect(200)).is_some());
}

#[tokio::test]
async fn names_are_sorted_as_people_sort_them() {
    let shop = Shop::open().await;
    for name in ["zebra", "Apple", "éclair", "apple", "Banana", "Éclair", "cherry"] {
        shop.add(json!({"name": name, "price": 1})).await;
    }
    let expected = ["apple", "Apple", "Banana", "cherry", "éclair", "Éclair", "zebra"];
    assert_eq!(shop.names("?sort=name").await, expected);
    let mut walked = Vec::new();
    let mut page = Some("/api/products?sort=name&limit=1".to_owned());
    while let Some(path) = page {
        let reply = shop.anyone.get(&path).await.expect(200);
        walked.extend(names(&reply));
        page = next_link(&reply);
    }
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn a_page_of_very_long_products_ends_early_and_loses_nothing() {
    let shop = Shop::open().await;
    for _ in 0..30 {
        let mut long = tea();
        long["description"] = json!("𝄞".repeat(10_000));
        shop.add(long).await;
    }
    let mut count = 0;
    let mut page = Some("/api/products?limit=100".to_owned());
    while let Some(path) = page {
        let reply = shop.anyone.get(&path).await.expect(200);
        assert!(reply.bytes.len() < 1_000_000, "{} bytes", reply.bytes.len());
        count += names(&reply).len();
        page = next_link(&reply);
    }
    assert_eq!(count, 30);
}

#[tokio::test]
async fn an_unchanged_response_is_not_sent_again() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    for path in [path(&product), "/api/products".to_owned(), "/api/products/categories".to_owned()] {
        let full = shop.anyone.get(&path).await.expect(200);
        let known = shop.anyone.with_header("if-none-match", full.header("etag")).get(&path).await.expect(304);
        assert!(known.bytes.is_empty());
        assert_eq!(known.header("etag"), full.header("etag"));
    }
    let etag = shop.anyone.get(&path(&product)).await.expect(200).header("etag").to_owned();
    shop.admin.put(&path(&product), json!({"name": "Other", "price": 1})).await.expect(200);
    shop.anyone.with_header("if-none-match", &etag).get(&path(&product)).await.expect(200);
}
