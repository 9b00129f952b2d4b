//! Placing orders: what is sold, charged and published, and what stays unchanged.

use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

async fn open() -> (TestEnv, TestClient) {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    (test_env, shop)
}

fn basket(lines: &[(ProductId, i32)]) -> Value {
    let items: Vec<Value> = lines.iter().map(|(p, q)| json!({"productId": p, "quantity": q})).collect();
    json!({ "items": items })
}

async fn buy(shop: &TestClient, who: &TestUser, lines: &[(ProductId, i32)]) -> testkit::TestResponse {
    shop.as_user(who).post("/api/orders", basket(lines)).await
}

#[tokio::test]
async fn placing_an_order_commits_stock_charges_and_publishes_events() {
    let (test_env, shop) = open().await;
    let (ada, tea, cup) = (test_env.customer().await, test_env.product(1299, 5).await, test_env.product(2050, 3).await);

    let order = buy(&shop, &ada, &[(cup, 1), (tea, 2)]).await.expect(201);
    assert_eq!(order.header("location"), format!("/api/orders/{}", order.json()["id"]));
    let order = order.json();
    assert_eq!(order["status"], "confirmed");
    assert_eq!(order["total"], json!(46.48));
    assert_eq!(order["userId"], json!(ada.id));
    let line = json!({"productId": tea, "name": "Product 1299", "quantity": 2, "price": 12.99, "discount": 0, "tax": 0,
        "taxRate": 0, "total": 25.98});
    assert_eq!(order["items"][0], line);

    assert_eq!(test_env.stock(tea).await, (3, 0));
    assert_eq!(test_env.stock(cup).await, (2, 0));
    let read = shop.as_user(&ada).get(&format!("/api/orders/{}", order["id"])).await.expect(200).json();
    let statuses: Vec<&Value> = read["timeline"].as_array().unwrap().iter().map(|step| &step["status"]).collect();
    assert_eq!(statuses, ["pending", "confirmed"]);
    for field in ["id", "userId", "currency", "subtotal", "total", "status", "createdAt", "updatedAt", "items"] {
        assert_eq!(read[field], order[field], "{field}");
    }
    // One order event and one stock event per product, and all of them were published.
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from outbox where sent_at is not null").await, 1);
    assert_eq!(
        test_env.query_scalar("INVENTORYDB_URL", "select count(*) from outbox where sent_at is not null").await,
        2
    );
    // Both were reserved for a quarter of an hour, of which this test takes less than one minute.
    let reserved = "select count(*) from reservations
                    where expires_at - statement_timestamp() between interval '14 minutes' and interval '15 minutes'";
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", reserved).await, 2);
}

#[tokio::test]
async fn duplicate_lines_and_float_noise_are_understood() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(7999, 9).await);
    let line = json!({"productId": tea, "quantity": 1});
    let body = json!({"items": [line, line, line], "total": 239.969_999_999_999_97});
    let order = shop.as_user(&ada).post("/api/orders", body).await.expect(201).json();
    assert_eq!(order["items"].as_array().unwrap().len(), 1);
    assert_eq!(order["items"][0]["quantity"], 3);
    assert_eq!(order["total"], json!(239.97));
}

#[tokio::test]
async fn a_total_that_is_off_by_a_cent_does_nothing() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let body = json!({"items": [{"productId": tea, "quantity": 2}], "total": 19.99});
    let reply = shop.as_user(&ada).post("/api/orders", body).await.expect(409);
    assert_eq!((reply.error_code().as_str(), &reply.json()["total"]), ("price_changed", &json!(20)));
    assert_nothing_happened(&test_env, tea, 9).await;
}

#[tokio::test]
async fn insufficient_stock_is_named_and_nothing_is_reserved() {
    let (test_env, shop) = open().await;
    let (ada, tea, cup) = (test_env.customer().await, test_env.product(1000, 9).await, test_env.product(500, 1).await);
    let reply = buy(&shop, &ada, &[(tea, 2), (cup, 3)]).await.expect(409);
    assert_eq!(reply.error_code(), "insufficient_stock");
    assert_eq!(reply.json()["items"], json!([{"productId": cup, "requested": 3, "available": 1}]));
    assert_nothing_happened(&test_env, tea, 9).await;
}

#[tokio::test]
async fn an_unknown_product_does_nothing() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let reply = buy(&shop, &ada, &[(tea, 1), (ProductId::new(999_999), 1)]).await.expect(404);
    assert_eq!(reply.error_code(), "unknown_product");
    assert_nothing_happened(&test_env, tea, 9).await;
}

async fn assert_nothing_happened(test_env: &TestEnv, product: ProductId, stock: i32) {
    assert_eq!(test_env.stock(product).await, (stock, 0));
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from orders").await, 0);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from outbox").await, 0);
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", "select count(*) from outbox").await, 0);
}

#[tokio::test]
async fn a_declined_card_leaves_an_unpaid_order() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    for (method, reason) in [("tok_declined", "card_declined"), ("tok_insufficient_funds", "insufficient_funds")] {
        let body = json!({"items": [{"productId": tea, "quantity": 2}], "payment": {"method": method}});
        let reply = shop.as_user(&ada).post("/api/orders", body).await.expect(402);
        let problem = reply.json();
        assert_eq!(problem["code"], "payment_declined");
        assert_eq!(problem["declineReason"], reason);
        assert_eq!(problem["order"]["status"], "payment_failed");
        assert!(problem["message"].as_str().is_some_and(|m| !m.is_empty()));
        let id = &problem["order"]["id"];
        let read = shop.as_user(&ada).get(&format!("/api/orders/{id}")).await.expect(200).json();
        assert_eq!(read["status"], "payment_failed");
        assert_eq!(test_env.stock(tea).await, (9, 0));
    }
}

#[tokio::test]
async fn a_lost_reply_and_a_passing_error_end_as_one_confirmed_order_and_one_payment() {
    let (test_env, shop) = open().await;
    let payments = payments::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let payments = test_env.client(payments::router(payments, &test_env.http_stack()));
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    for (place, method) in ["tok_timeout", "tok_error_once", "tok_slow"].into_iter().enumerate() {
        let body = json!({"items": [{"productId": tea, "quantity": 1}], "payment": {"method": method}});
        let order = shop.as_user(&ada).post("/api/orders", body).await.expect(201).json();
        assert_eq!(order["status"], "confirmed", "{method}");
        assert_eq!(test_env.stock(tea).await, (8 - place as i32, 0), "{method}");
        let paid = payments.as_user(&ada).get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
        let paid = paid.as_array().unwrap();
        assert_eq!((paid.len(), &paid[0]["amount"], &paid[0]["method"]), (1, &json!(10), &json!(method)), "{paid:?}");
    }
}

#[tokio::test]
async fn bad_input_names_its_field_and_does_nothing() {
    let (test_env, shop) = open().await;
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    let item = |quantity: Value| json!({"items": [{"productId": tea, "quantity": quantity}]});
    let many: Vec<Value> = (0..51).map(|_| json!({"productId": tea, "quantity": 1})).collect();
    let cases = [
        (json!({}), "items"),
        (json!({"items": null}), "items"),
        (json!({"items": []}), "items"),
        (json!({"items": "x"}), "items"),
        (json!({"items": many}), "items"),
        (json!({"items": [{"quantity": 1}]}), "items[0].productId"),
        (json!({"items": [{"productId": tea}]}), "items[0].quantity"),
        (json!({"items": [{"productId": 0, "quantity": 1}]}), "items[0].productId"),
        (json!({"items": [{"productId": -1, "quantity": 1}]}), "items[0].productId"),
        (json!({"items": [{"productId": 9_223_372_036_854_775_808_u64, "quantity": 1}]}), "items[0].productId"),
        (json!({"items": [{"productId": {"$gt": 0}, "quantity": 1}]}), "items[0].productId"),
        (item(json!(0)), "items[0].quantity"),
        (item(json!(-1)), "items[0].quantity"),
        (item(json!(101)), "items[0].quantity"),
        (item(json!(1.5)), "items[0].quantity"),
        (item(json!("1")), "items[0].quantity"),
        (item(json!(9_223_372_036_854_775_807_i64)), "items[0].quantity"),
        (json!({"items": [{"productId": tea, "quantity": 1, "price": 0.01}]}), "items[0].price"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "total": "10"}), "total"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "total": -1}), "total"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "total": 1e300}), "total"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "userId": 1}), "userId"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "status": "confirmed"}), "status"),
        (
            json!({"items": [{"productId": tea, "quantity": 1}], "payment": {"method": "4242424242424242"}}),
            "payment.method",
        ),
        (json!({"items": [{"productId": tea, "quantity": 1}], "payment": {"card": "4242"}}), "payment.card"),
        (json!({"items": [[tea, 1]]}), "items[0]"),
        (json!({"items": [{"productId": tea, "quantity": 1}], "payment": ["tok_visa"]}), "payment"),
        (json!([[{"productId": tea, "quantity": 1}]]), "body"),
    ];
    for (body, field) in cases {
        let reply = shop.as_user(&ada).post("/api/orders", body.clone()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{body}: {:?}", reply.json());
    }
    assert_nothing_happened(&test_env, tea, 9).await;
}

#[tokio::test]
async fn five_hundred_buyers_get_exactly_one_hundred_units() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    let (hot, side) = (test_env.product(1000, 100).await, test_env.product(300, 10_000).await);
    let people = futures::future::join_all((0..10).map(|_| test_env.customer())).await;
    // Half of the baskets contain another product too, listed in the opposite order.
    let buyers = (0..500).map(|n| {
        let lines = if n % 2 == 0 { vec![(hot, 1)] } else { vec![(side, 1), (hot, 1)] };
        let (shop, buyer) = (&shop, &people[n % 10]);
        async move { buy(shop, buyer, &lines).await }
    });
    let mut bought = 0;
    for reply in futures::future::join_all(buyers).await {
        match reply.status.as_u16() {
            201 => bought += 1,
            409 => assert_eq!(reply.error_code(), "insufficient_stock"),
            // Bounded waiting: a buyer who found no connection in time is told to retry.
            503 => {}
            other => panic!("{other}: {reply:?}"),
        }
    }
    assert_eq!(bought, 100);
    assert_eq!(test_env.stock(hot).await, (0, 0));
    let confirmed = "select count(*) from orders where status = 'confirmed'";
    assert_eq!(test_env.query_scalar("ORDERDB_URL", confirmed).await, 100);
}
