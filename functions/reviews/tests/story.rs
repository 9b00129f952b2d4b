//! The life of a review, and who may do what with it.

mod shop;

use domain::ProductId;
use domain::orders::OrderStatus;
use serde_json::json;
use shop::{Shop, expected_summary, new_review, with_short_name};

#[tokio::test]
async fn a_review_is_written_changed_and_deleted_and_the_ratings_follow() {
    let shop = Shop::open().await;
    let (lamp, ada, bob) = (shop.product().await, shop.test_env.customer().await, shop.test_env.customer().await);
    assert_eq!(shop.summary(lamp).await, expected_summary(&[]));

    let written = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    let review = written.json();
    assert_eq!(written.header("location"), format!("/api/reviews/{}", review["id"].as_str().unwrap()));
    assert_eq!((&review["userId"], &review["userName"]), (&json!(ada.id), &json!(ada.name)));
    assert_eq!((&review["rating"], &review["verifiedPurchase"]), (&json!(5), &json!(false)));
    shop.api.as_user(&bob).post("/api/reviews", new_review(lamp, 2)).await.expect(201);
    assert_eq!(shop.summary(lamp).await["average"], 3.5);

    let path = written.header("location").to_owned();
    let changed = json!({ "rating": 4, "comment": "  Less bright by now.\n" });
    let changed = shop.api.as_user(&ada).put(&path, changed).await.expect(200).json();
    assert_eq!((&changed["rating"], &changed["comment"]), (&json!(4), &json!("Less bright by now.")));
    assert_eq!((&changed["id"], &changed["createdAt"]), (&review["id"], &review["createdAt"]));
    let listed = shop.list(lamp, "").await;
    assert!(listed.contains(&with_short_name(changed)), "{listed:?}");
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));

    shop.api.as_user(&ada).delete(&path).await.expect(204);
    shop.api.as_user(&ada).delete(&path).await.expect(404);
    shop.api.as_user(&ada).put(&path, json!({ "rating": 4, "comment": "" })).await.expect(404);
    assert_eq!(shop.summary(lamp).await, expected_summary(&shop.list(lamp, "").await));
    // After deletion it may be written again.
    shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 1)).await.expect(201);
    assert_eq!(shop.summary(lamp).await["count"], 2);
}

#[tokio::test]
async fn a_list_shows_a_first_name_and_an_initial_and_only_the_author_sees_the_whole_name() {
    let shop = Shop::open().await;
    let (lamp, ada, admin) = (shop.product().await, shop.test_env.customer().await, shop.test_env.admin().await);
    let written = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    let path = format!("/api/reviews/product/{lamp}");
    let listed = shop.api.get(&path).await.expect(200);
    let (name, shown) = (&ada.name, listed.json()[0]["userName"].as_str().unwrap().to_owned());
    assert!(
        shown.ends_with('.') && name.starts_with(shown.trim_end_matches('.')) && shown.len() < name.len(),
        "{shown}"
    );
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(name.as_str()));
    assert_eq!(listed.json()[0]["userId"], json!(ada.id));
    for caller in [&ada, &admin] {
        let theirs = shop.api.as_user(caller).get(&path).await.expect(200);
        assert_eq!((&theirs.bytes, theirs.header("etag")), (&listed.bytes, listed.header("etag")));
    }
    let change = json!({ "rating": 4, "comment": "" });
    let changed = shop.api.as_user(&ada).put(written.header("location"), change).await.expect(200).json();
    assert_eq!(changed["userName"], json!(ada.name), "the stored name is complete");
}

#[tokio::test]
async fn one_user_reviews_one_product_once() {
    let shop = Shop::open().await;
    let (lamp, desk, ada) = (shop.product().await, shop.product().await, shop.test_env.customer().await);
    shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    let again = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 1)).await.expect(409);
    assert_eq!(again.error_code(), "already_reviewed");
    assert_eq!(shop.summary(lamp).await["average"], 5.0);
    shop.api.as_user(&ada).post("/api/reviews", new_review(desk, 1)).await.expect(201);
}

#[tokio::test]
async fn the_review_of_one_user_is_found_without_reading_the_others() {
    let shop = Shop::open().await;
    let (lamp, desk) = (shop.product().await, shop.product().await);
    let (ada, bob) = (shop.test_env.customer().await, shop.test_env.customer().await);
    for (author, rating) in [(&ada, 5), (&bob, 2)] {
        shop.api.as_user(author).post("/api/reviews", new_review(lamp, rating)).await.expect(201);
    }
    let of_ada = shop.list(lamp, &format!("?userId={}", ada.id)).await;
    assert_eq!(of_ada.iter().map(|review| &review["rating"]).collect::<Vec<_>>(), [&json!(5)]);
    assert!(shop.list(lamp, "").await.contains(&of_ada[0]), "as in the list of all");
    assert!(shop.list(desk, &format!("?userId={}", ada.id)).await.is_empty());
    let first = shop.api.get(&format!("/api/reviews/product/{lamp}?limit=1")).await.expect(200);
    let next = first.header("link").trim_start_matches('<').split_once('>').unwrap().0.to_owned();
    let both = shop.api.get(&format!("{next}&userId={}", ada.id)).await.expect(400).json();
    assert_eq!(both["errors"][0]["field"], "cursor");
}

#[tokio::test]
async fn an_unknown_product_cannot_be_reviewed() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let rejected = shop.api.as_user(&ada).post("/api/reviews", new_review(ProductId::new(4711), 5)).await.expect(404);
    assert_eq!(rejected.error_code(), "unknown_product");
    assert_eq!(shop.summary(ProductId::new(4711)).await["count"], 0);
}

#[tokio::test]
async fn a_purchase_is_verified_by_an_order_that_was_paid_and_not_cancelled() {
    let shop = Shop::open().await;
    let cases = [
        (OrderStatus::Confirmed, true),
        (OrderStatus::Shipped, true),
        (OrderStatus::Delivered, true),
        (OrderStatus::Pending, false),
        (OrderStatus::PaymentFailed, false),
        (OrderStatus::Cancelled, false),
    ];
    let (lamp, desk) = (shop.product().await, shop.product().await);
    for (status, verified) in cases {
        let ada = shop.test_env.customer().await;
        shop.order(ada.id, lamp, status).await;
        let review = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 3)).await.expect(201).json();
        assert_eq!(review["verifiedPurchase"], verified, "{status:?}");
        let other = shop.api.as_user(&ada).post("/api/reviews", new_review(desk, 3)).await.expect(201).json();
        assert_eq!(other["verifiedPurchase"], false, "another product, {status:?}");
    }
}

#[tokio::test]
async fn a_fully_refunded_order_verifies_no_purchase() {
    let shop = Shop::open().await;
    let lamp = shop.product().await;
    for (refunds, verified) in [
        (vec![("done", 4.5)], true),
        (vec![("done", 4.5), ("done", 5.0)], false),
        (vec![("done", 9.5)], false),
        (vec![("refused", 9.5)], true),
        (vec![("intended", 9.5)], true),
    ] {
        let ada = shop.test_env.customer().await;
        shop.order(ada.id, lamp, OrderStatus::Delivered).await;
        let mut db = shop.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        for (state, amount) in &refunds {
            let refund = "insert into refunds (id, order_id, payment_id, amount, state, created_at)
                          select gen_random_uuid(), id, payment_id, $3::float8::numeric, $2, now() from orders where user_id = $1";
            sqlx::query(refund).bind(ada.id.get()).bind(state).bind(amount).execute(&mut *db).await.unwrap();
        }
        drop(db);
        let review = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 3)).await.expect(201).json();
        assert_eq!(review["verifiedPurchase"], verified, "{refunds:?}");
    }
}

#[tokio::test]
async fn only_the_author_changes_and_only_the_author_or_an_admin_deletes() {
    let shop = Shop::open().await;
    let (lamp, ada, eve, admin) = (
        shop.product().await,
        shop.test_env.customer().await,
        shop.test_env.customer().await,
        shop.test_env.admin().await,
    );
    let written = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    let path = written.header("location").to_owned();
    let missing = "/api/reviews/000000000000000000000000";
    let change = || json!({ "rating": 1, "comment": "Eve was here." });

    // Another user's review and a missing one cannot be told apart.
    let theirs = shop.api.as_user(&eve).put(&path, change()).await.expect(404).json();
    let nobodys = shop.api.as_user(&eve).put(missing, change()).await.expect(404).json();
    assert_eq!((&theirs["code"], &theirs["detail"]), (&nobodys["code"], &nobodys["detail"]));
    shop.api.as_user(&admin).put(&path, change()).await.expect(404);
    shop.api.as_user(&eve).delete(&path).await.expect(404);
    shop.api.put(&path, change()).await.expect(401);
    shop.api.delete(&path).await.expect(401);
    shop.api.post("/api/reviews", new_review(lamp, 5)).await.expect(401);
    assert_eq!(shop.list(lamp, "").await, [with_short_name(written.json())]);

    shop.api.as_user(&admin).delete(&path).await.expect(204);
    assert_eq!(shop.summary(lamp).await, expected_summary(&[]));
}

#[tokio::test]
async fn a_stale_if_match_is_rejected() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    let written = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
    let (path, seen) = (written.header("location").to_owned(), written.header("etag").to_owned());
    let change = |rating: i64| json!({ "rating": rating, "comment": "" });
    let first = shop.api.as_user(&ada).with_header("if-match", &seen).put(&path, change(4)).await.expect(200);
    shop.api.as_user(&ada).with_header("if-match", &seen).put(&path, change(1)).await.expect(412);
    shop.api.as_user(&ada).with_header("if-match", first.header("etag")).put(&path, change(3)).await.expect(200);
    assert_eq!(shop.summary(lamp).await["average"], 3.0);
    // Already in the requested state: the client's first request succeeded, and its response was
    // lost.
    let again =
        shop.api.as_user(&ada).with_header("if-match", first.header("etag")).put(&path, change(3)).await.expect(200);
    let listed = shop.list(lamp, "").await;
    assert_eq!(listed, [with_short_name(again.json())]);
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));
}

#[tokio::test]
async fn readiness_reports_every_store() {
    let shop = Shop::open().await;
    let ready = shop.api.get("/api/reviews/ready").await.expect(200).json();
    let stores: Vec<&str> = ready["stores"].as_array().unwrap().iter().map(|s| s["store"].as_str().unwrap()).collect();
    assert_eq!(stores, ["reviewdb", "productdb", "orderdb", "redis"]);
    shop.api.get("/api/reviews/health").await.expect(200);
}
