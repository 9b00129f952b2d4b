//! Requests that must fail and have no effect.

mod shop;

use http::Method;
use serde_json::{Value, json};
use shop::{Shop, expected_summary, new_review};

/// Values that are no id, no rating and no comment, operators among them.
fn invalid_values() -> Vec<Value> {
    vec![
        json!(null),
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$where": "1" }),
        json!([]),
        json!([{ "$in": [1] }]),
        json!(true),
        json!(-1),
        json!(4.5),
        json!(1e300),
        json!(u64::MAX),
    ]
}

#[tokio::test]
async fn every_field_of_a_review_rejects_invalid_values() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    let own = shop.product().await;
    let path =
        shop.api.as_user(&ada).post("/api/reviews", new_review(own, 3)).await.expect(201).header("location").to_owned();

    let mut cases: Vec<(&str, Value)> = Vec::new();
    for field in ["productId", "rating", "comment"] {
        cases.extend(invalid_values().into_iter().map(|value| (field, value)));
    }
    cases.extend([
        ("productId", json!(0)),
        ("productId", json!("1")),
        ("productId", json!(2_147_483_648_u32)),
        ("rating", json!(0)),
        ("rating", json!(6)),
        ("rating", json!("5")),
        ("comment", json!(5)),
        ("comment", json!("x".repeat(5001))),
        ("comment", json!("zero \u{0} byte")),
    ]);
    for (field, value) in cases {
        let mut body = new_review(lamp, 5);
        body[field] = value.clone();
        let rejected = shop.api.as_user(&ada).post("/api/reviews", body.clone()).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field, "POST {field} = {value}");
        if field != "productId" {
            body.as_object_mut().unwrap().remove("productId");
            let rejected = shop.api.as_user(&ada).put(&path, body).await.expect(400);
            assert_eq!(rejected.json()["errors"][0]["field"], field, "PUT {field} = {value}");
        }
    }
    assert_eq!(shop.summary(lamp).await, expected_summary(&[]));
    assert_eq!(shop.summary(own).await["average"], 3.0);
}

#[tokio::test]
async fn missing_and_unknown_fields_are_named() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    for field in ["productId", "rating", "comment"] {
        let mut body = new_review(lamp, 5);
        body.as_object_mut().unwrap().remove(field);
        let rejected = shop.api.as_user(&ada).post("/api/reviews", body).await.expect(400).json();
        assert_eq!(
            (&rejected["errors"][0]["field"], &rejected["errors"][0]["message"]),
            (&json!(field), &json!("is required"))
        );
    }
    // What only the server decides cannot be sent.
    for field in ["id", "_id", "userId", "userName", "verifiedPurchase", "createdAt", "updatedAt", "$set"] {
        let mut body = new_review(lamp, 5);
        body[field] = json!(1);
        let rejected = shop.api.as_user(&ada).post("/api/reviews", body).await.expect(400).json();
        assert_eq!(rejected["errors"][0]["field"], field);
    }
    assert_eq!(shop.summary(lamp).await, expected_summary(&[]));
}

#[tokio::test]
async fn paths_and_queries_reject_invalid_values() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    for _ in 0..2 {
        let person = shop.test_env.customer().await;
        shop.api.as_user(&person).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    }
    let link =
        shop.api.get(&format!("/api/reviews/product/{lamp}?limit=1")).await.expect(200).header("link").to_owned();
    let newest = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap().to_owned();

    let product = format!("/api/reviews/product/{lamp}");
    let cases = [
        ("/api/reviews/product/0".to_owned(), "productId"),
        ("/api/reviews/product/abc".to_owned(), "productId"),
        ("/api/reviews/product/2147483648".to_owned(), "productId"),
        ("/api/reviews/product/%7B%22$gt%22:%22%22%7D".to_owned(), "productId"),
        ("/api/reviews/product/1'--/summary".to_owned(), "productId"),
        (format!("{product}?limit=0"), "limit"),
        (format!("{product}?limit=101"), "limit"),
        (format!("{product}?limit=-1"), "limit"),
        (format!("{product}?limit=x"), "limit"),
        (format!("{product}?sort=oldest"), "sort"),
        (format!("{product}?sort[$gt]=1"), "sort[$gt]"),
        (format!("{product}?cursor=x"), "cursor"),
        (format!("{product}?cursor={{\"$gt\":\"\"}}"), "cursor"),
        (format!("{product}?sort=rating&cursor={newest}"), "cursor"),
        (format!("{product}?page=2"), "page"),
    ];
    for (path, field) in cases {
        let path = path.replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
        let rejected = shop.api.get(&path).await;
        assert_eq!(rejected.status, 400, "{path}");
        assert_eq!(rejected.json()["errors"][0]["field"], field, "{path}");
    }
    for id in ["1", "zzzzzzzzzzzzzzzzzzzzzzzz", "ABCDEFABCDEFABCDEFABCDEF", "%7B%22$ne%22:1%7D"] {
        let path = format!("/api/reviews/{id}");
        let change = json!({ "rating": 1, "comment": "" });
        assert_eq!(
            shop.api.as_user(&ada).put(&path, change).await.expect(400).json()["errors"][0]["field"],
            "id",
            "{id}"
        );
        assert_eq!(shop.api.as_user(&ada).delete(&path).await.expect(400).json()["errors"][0]["field"], "id", "{id}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_rejected() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    for body in ["", "{", "[]", "null", "\"x\"", "{\"rating\":5,\"rating\":5}", "{}x"] {
        shop.api.as_user(&ada).send(Method::POST, "/api/reviews", Some(body.to_owned())).await.expect(400);
    }
    let large = json!({ "comment": "x".repeat(300 * 1024) }).to_string();
    shop.api.as_user(&ada).send(Method::POST, "/api/reviews", Some(large)).await.expect(413);
    let text = shop.api.as_user(&ada).with_header("content-type", "text/plain");
    text.send(Method::POST, "/api/reviews", Some("{}".to_owned())).await.expect(415);
    let patch = shop.api.as_user(&ada).send(Method::PATCH, "/api/reviews", None).await.expect(405);
    assert!(patch.header("allow").contains("POST"));
}
