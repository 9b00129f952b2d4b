use http::Method;
use serde_json::{Value, json};

use crate::shop::{Shop, path, tea};

/// A product with one member changed or removed.
fn tea_with(field: &str, value: Value) -> Value {
    let mut product = tea();
    product[field] = value;
    product
}

fn tea_without(field: &str) -> Value {
    let mut product = tea();
    product.as_object_mut().unwrap().remove(field);
    product
}

fn bad_products() -> Vec<(&'static str, Value)> {
    let mut bad = vec![
        ("name", tea_without("name")),
        ("price", tea_without("price")),
        ("body", json!([])),
        ("body", json!("tea")),
        ("body", Value::Null),
    ];
    let long = |length: usize| json!("x".repeat(length));
    let values = [
        (
            "name",
            vec![
                json!(""),
                json!("  "),
                json!(7),
                Value::Null,
                long(256),
                json!("a\u{0}b"),
                json!({"$gt": ""}),
                json!("\u{200b}\u{200b}"),
                json!("\u{3164}"),
                json!("\u{2800}\u{ad}"),
                json!("Tea\u{202e}"),
                json!("Green\ntea"),
            ],
        ),
        (
            "price",
            vec![
                json!(-0.01),
                json!("4.5"),
                json!(1.999),
                json!(100_000_000),
                json!(1e300),
                Value::Null,
                json!(true),
                json!([1]),
            ],
        ),
        ("description", vec![json!(1), long(10_001), json!("\u{7}"), json!("\u{202e}txt"), json!(["x"])]),
        ("stock", vec![json!(-1), json!(1.5), json!("5"), json!(1_000_000_001), json!(1e40), json!(true)]),
        (
            "image",
            vec![
                json!(""),
                json!("javascript:alert(1)"),
                json!("//evil.example/x"),
                json!("ftp://a/b"),
                json!("https://"),
                json!("http://?"),
                long(501),
                json!(1),
            ],
        ),
        (
            "category",
            vec![json!(""), long(101), json!(3), json!({}), json!("\u{feff}"), json!("a\tb"), json!("\u{2067}tea")],
        ),
        // Members that only the server may set.
        ("id", vec![json!(1)]),
        ("rating", vec![json!({"average": 5, "count": 1})]),
        ("createdAt", vec![json!("2020-01-01T00:00:00Z")]),
        ("stockVersion", vec![json!(9)]),
        ("userId", vec![json!(1)]),
        ("role", vec![json!("admin")]),
    ];
    for (field, values) in values {
        bad.extend(values.into_iter().map(|value| (field, tea_with(field, value))));
    }
    bad
}

#[tokio::test]
async fn an_invalid_product_is_rejected_by_field_and_changes_nothing() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    for (field, body) in bad_products() {
        let text = body.to_string();
        for (method, path) in [(Method::POST, "/api/products".to_owned()), (Method::PUT, path(&product))] {
            let rejected = shop.admin.send(method.clone(), &path, Some(text.clone())).await;
            let case =
                format!("{method} {} {}", &text[..text.len().min(120)], String::from_utf8_lossy(&rejected.bytes));
            assert_eq!(rejected.status, 400, "{case}");
            assert_eq!(rejected.json()["errors"][0]["field"], field, "{case}");
        }
    }
    assert_eq!(shop.names("").await, ["Green tea"]);
    assert_eq!(shop.anyone.get(&path(&product)).await.expect(200).json(), product);
    assert_eq!(shop.stock(&product).await, Some((12, 0)));
}

#[tokio::test]
async fn invalid_json_is_rejected() {
    let shop = Shop::open().await;
    for (text, status) in [
        ("", 400),
        ("{", 400),
        ("{\"name\":\"a\",\"name\":\"b\",\"price\":1}", 400),
        ("{} {}", 400),
        ("\u{feff}{}", 400),
    ] {
        shop.admin.send(Method::POST, "/api/products", Some(text.to_owned())).await.expect(status);
    }
    let big = json!({"name": "x", "price": 1, "description": "x".repeat(300 * 1024)}).to_string();
    shop.admin.send(Method::POST, "/api/products", Some(big)).await.expect(413);
    let form = shop.admin.with_header("content-type", "text/plain");
    form.send(Method::POST, "/api/products", Some(tea().to_string())).await.expect(415);
    assert!(shop.names("").await.is_empty());
}

#[tokio::test]
async fn an_invalid_query_is_rejected_by_parameter() {
    let shop = Shop::open().await;
    shop.add(tea()).await;
    shop.add(tea()).await;
    let page = shop.anyone.get("/api/products?limit=1&sort=name").await.expect(200);
    let cursor = page.header("link").split("cursor=").nth(1).unwrap().split('>').next().unwrap().to_owned();
    let long = |length: usize| "x".repeat(length);
    let mut table = vec![
        (
            "limit",
            vec![
                "0".to_owned(),
                "101".to_owned(),
                "-1".to_owned(),
                "ten".to_owned(),
                "1.5".to_owned(),
                "65537".to_owned(),
            ],
        ),
        (
            "minPrice",
            vec![
                "-1".to_owned(),
                "cheap".to_owned(),
                "NaN".to_owned(),
                "inf".to_owned(),
                "1.999".to_owned(),
                "1e300".to_owned(),
            ],
        ),
        ("maxPrice", vec!["-0.01".to_owned(), "100000000".to_owned(), "-inf".to_owned()]),
        ("inStock", vec!["maybe".to_owned(), "1".to_owned(), "TRUE".to_owned()]),
        (
            "sort",
            vec![
                "oldest".to_owned(),
                "Newest".to_owned(),
                "price,name".to_owned(),
                "id;drop%20table%20products".to_owned(),
            ],
        ),
        ("category", vec![long(101), "%00".to_owned(), "a%07".to_owned()]),
        ("q", vec![long(201), "a%00b".to_owned()]),
        ("colour", vec!["red".to_owned()]),
        ("userId", vec!["1".to_owned()]),
    ];
    // A cursor of another order, invented, truncated, or with text that no store accepts.
    let nul = "eyJuYW1lIjpbImFcdTAwMDAiLDFdfQ";
    table.push((
        "cursor",
        vec![
            cursor.clone(),
            "zzz".to_owned(),
            "%25".to_owned(),
            "bnVsbA".to_owned(),
            cursor[..cursor.len() - 3].to_owned(),
        ],
    ));
    for (field, values) in table {
        for value in values {
            let rejected = shop.anyone.get(&format!("/api/products?{field}={value}")).await;
            assert_eq!(rejected.status, 400, "{field}={value} {}", String::from_utf8_lossy(&rejected.bytes));
            assert_eq!(rejected.json()["errors"][0]["field"], field, "{field}={value}");
        }
    }
    for query in
        [format!("sort=name&cursor={nul}"), format!("sort=-price&cursor={cursor}"), "limit=1&limit=2".to_owned()]
    {
        shop.anyone.get(&format!("/api/products?{query}")).await.expect(400);
    }
    shop.anyone.get(&format!("/api/products?limit=1&sort=name&cursor={cursor}")).await.expect(200);
}

#[tokio::test]
async fn a_search_accepts_any_text() {
    let shop = Shop::open().await;
    shop.add(tea()).await;
    // Operators, quotes and patterns of SQL and of the text search are ordinary text.
    for q in [
        "tea'",
        "tea & | ! ( )",
        "'; drop table products; --",
        "\\",
        "tea:*",
        "%tea%",
        "gre*",
        "<-> tea",
        "\"green tea\"",
    ] {
        let encoded: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
        shop.anyone.get(&format!("/api/products?q={encoded}")).await.expect(200);
    }
    assert_eq!(shop.names("?q=%27tea%27%20%26%20%21%20gre%3A%2A").await, ["Green tea"]);
    for nothing in ["%21%21", "%27", "%E2%80%94", "tea%20-%20coffee"] {
        assert!(shop.names(&format!("?q={nothing}")).await.is_empty(), "{nothing}");
    }
    // An empty or blank text is no search.
    assert_eq!(shop.names("?q=&category=&minPrice=").await, ["Green tea"]);
    assert_eq!(shop.names("?q=%20").await, ["Green tea"]);
}

#[tokio::test]
async fn a_bad_id_is_malformed_and_an_unknown_one_is_missing() {
    let shop = Shop::open().await;
    for id in ["0", "-1", "07", "1.0", "abc", "2147483648", "99999999999999999999", "1%20or%201=1", "%00", "%ff"] {
        let path = format!("/api/products/{id}");
        shop.anyone.get(&path).await.expect(400);
        shop.admin.put(&path, tea()).await.expect(400);
        shop.admin.delete(&path).await.expect(400);
    }
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let body = (method == Method::PUT).then(|| tea().to_string());
        let missing = shop.admin.send(method, "/api/products/2147483647", body).await.expect(404);
        assert_eq!(missing.error_code(), "not_found");
    }
    let wrong = shop.admin.send(Method::PATCH, "/api/products", Some("{}".to_owned())).await.expect(405);
    assert!(wrong.header("allow").contains("POST"), "{:?}", wrong.headers);
}

#[tokio::test]
async fn only_an_admin_writes() {
    let shop = Shop::open().await;
    let product = shop.add(tea()).await;
    let own = path(&product);
    for (method, path, body) in [
        (Method::POST, "/api/products", Some(tea())),
        (Method::PUT, own.as_str(), Some(tea())),
        (Method::DELETE, own.as_str(), None),
    ] {
        let body = body.map(|body| body.to_string());
        shop.anyone.send(method.clone(), path, body.clone()).await.expect(401);
        shop.anyone.with_token("not.a.token").send(method.clone(), path, body.clone()).await.expect(401);
        shop.anyone
            .with_header("x-user-id", "1")
            .with_header("x-user-role", "admin")
            .send(method.clone(), path, body.clone())
            .await
            .expect(401);
        let rejected = shop.customer.send(method, path, body).await.expect(403);
        assert_eq!(rejected.error_code(), "forbidden");
    }
    assert_eq!(shop.anyone.get(&own).await.expect(200).json(), product);
    assert_eq!(shop.names("").await.len(), 1);
}
