//! Quotes: what an order would cost, over real stores, and without any effect.

use orders::App;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::{TestClient, TestEnv};

const DATABASES: [&str; 4] = ["USERDB_URL", "PRODUCTDB_URL", "ORDERDB_URL", "INVENTORYDB_URL"];

async fn open() -> (TestEnv, TestClient, TestClient) {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let anyone = test_env.client(orders::router(app, &test_env.http_stack()));
    let admin = anyone.as_user(&test_env.admin().await);
    (test_env, anyone, admin)
}

fn berlin() -> Value {
    json!({"name": "Ada", "line1": "Unter den Linden 1", "city": "Berlin", "postalCode": "10117", "country": "DE"})
}

/// The number of rows of every table.
async fn rows(test_env: &TestEnv) -> Vec<(String, i64)> {
    let mut all = Vec::new();
    for database in DATABASES {
        let mut db = test_env.connection(database).await;
        let tables = "select table_name::text from information_schema.tables where table_schema = 'public' order by 1";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *db).await.unwrap();
        for table in tables {
            let count = AssertSqlSafe(format!("select count(*) from {table}"));
            let count: i64 = sqlx::query_scalar(count).fetch_one(&mut *db).await.unwrap();
            all.push((format!("{database} {table}"), count));
        }
    }
    all
}

/// The block of a page's code that begins with these words.
fn example(page: &str, start: &str) -> Value {
    let block = page.split("```").find_map(|block| block.strip_prefix("json\n").filter(|json| json.starts_with(start)));
    serde_json::from_str(block.expect("the page has this example")).expect("JSON")
}

#[tokio::test]
async fn the_example_of_the_docs_is_what_the_shop_answers() {
    let (test_env, anyone, admin) = open().await;
    let page = include_str!("../../../docs/pricing.md");
    let mut db = test_env.connection("PRODUCTDB_URL").await;
    let products = "insert into products (name, price, stock, category, created_at, updated_at)
                    values ('Teapot', 24.95, 10, 'Kitchen', now(), now()),
                           ('The Book of Tea', 12, 10, 'Books', now(), now())";
    sqlx::query(products).execute(&mut *db).await.unwrap();
    for rate in example(page, "[\n  {\"country\"").as_array().unwrap() {
        admin.post("/api/orders/tax-rates", rate.clone()).await.expect(201);
    }
    admin.put("/api/orders/shipping-methods/1", example(page, "{\"name\"")).await.expect(200);
    admin.post("/api/orders/discounts", example(page, "{\"code\"")).await.expect(201);
    let quote = anyone.post("/api/orders/quote", example(page, "{\n  \"items\"")).await.expect(200).json();
    assert_eq!(quote, example(page, "{\n  \"currency\""));
}

#[tokio::test]
async fn a_quote_has_no_effect_whatever_it_finds() {
    let (test_env, anyone, admin) = open().await;
    let (tea, cup) = (test_env.product(1190, 2).await, test_env.product(500, 0).await);
    admin.post("/api/orders/discounts", json!({"code": "ONCE", "amount": 5, "maxUses": 1})).await.expect(201);
    let before = rows(&test_env).await;
    let items = json!([{"productId": cup, "quantity": 1}, {"productId": 999_999, "quantity": 1}, {"productId": tea, "quantity": 2}]);
    let body = json!({"items": items, "shippingAddress": berlin(), "discountCode": "once", "shippingMethodId": 77});
    for _ in 0..2 {
        let quote = anyone.post("/api/orders/quote", body.clone()).await.expect(200).json();
        let problems = quote["problems"].as_array().unwrap();
        let named: Vec<(&str, &str)> =
            problems.iter().map(|p| (p["field"].as_str().unwrap(), p["code"].as_str().unwrap())).collect();
        assert_eq!(
            named,
            [
                ("items[0]", "insufficient_stock"),
                ("items[1]", "unknown_product"),
                ("shippingMethodId", "unknown_shipping_method")
            ]
        );
        assert_eq!((&problems[0]["available"], &problems[1]["productId"]), (&json!(0), &json!(999_999)));
        assert_eq!((&quote["subtotal"], &quote["discount"], &quote["total"]), (&json!(28.8), &json!(5), &json!(23.8)));
    }
    assert_eq!(rows(&test_env).await, before);
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select sum(uses) from discounts").await, 0);
}

#[tokio::test]
async fn a_limit_per_customer_counts_for_that_customer() {
    let (test_env, anyone, admin) = open().await;
    let (ada, bob, tea) = (test_env.customer().await, test_env.customer().await, test_env.product(1190, 9).await);
    admin
        .post("/api/orders/discounts", json!({"code": "FIRST", "percentage": 10, "maxUsesPerCustomer": 1}))
        .await
        .expect(201);
    let mut db = test_env.connection("ORDERDB_URL").await;
    let used = "insert into discount_customers (discount_id, user_id, uses) select id, $1, 1 from discounts";
    sqlx::query(used).bind(ada.id.get()).execute(&mut *db).await.unwrap();
    let body = json!({"items": [{"productId": tea, "quantity": 1}], "discountCode": "first"});
    let problems = async |client: &TestClient| -> Vec<Value> {
        let quote = client.post("/api/orders/quote", body.clone()).await.expect(200).json();
        quote["problems"].as_array().unwrap().iter().map(|problem| problem["code"].clone()).collect()
    };
    assert_eq!(problems(&anyone.as_user(&ada)).await, ["discount_used_by_customer"]);
    assert_eq!(problems(&anyone.as_user(&bob)).await, [""; 0]);
    assert_eq!(problems(&anyone).await, [""; 0]);
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let (_test_env, anyone, _) = open().await;
    let line = json!({"productId": 1, "quantity": 1});
    for (body, field) in [
        (json!({}), "items"),
        (json!({"items": []}), "items"),
        (json!({"items": [line], "total": 5}), "total"),
        (json!({"items": [line], "discountCode": "a b"}), "discountCode"),
        (json!({"items": [line], "shippingMethodId": 0}), "shippingMethodId"),
        (json!({"items": [line], "shippingAddress": {"country": "DE"}}), "shippingAddress.city"),
    ] {
        let refused = anyone.post("/api/orders/quote", body.clone()).await.expect(400).json();
        let errors = refused["errors"].as_array().unwrap();
        assert!(errors.iter().any(|error| error["field"] == field), "{body}: {errors:?}");
    }
}

#[tokio::test]
async fn a_quote_costs_what_the_order_costs() {
    let (test_env, anyone, admin) = open().await;
    let (ada, tea, cup) = (test_env.customer().await, test_env.product(1299, 9).await, test_env.product(333, 9).await);
    for rate in
        [json!({"country": "DE", "percentage": 19}), json!({"country": "DE", "region": "Berlin", "percentage": 7.5})]
    {
        admin.post("/api/orders/tax-rates", rate).await.expect(201);
    }
    let express = json!({"name": "Express", "price": 9.99, "minDays": 1, "maxDays": 2});
    let express = admin.post("/api/orders/shipping-methods", express).await.expect(201).json()["id"].clone();
    admin.post("/api/orders/discounts", json!({"code": "THIRD", "percentage": 33.33})).await.expect(201);
    let mut home = berlin();
    home["region"] = json!("berlin");
    let items = json!([{"productId": tea, "quantity": 2}, {"productId": cup, "quantity": 3}]);
    for wanted in [
        json!({"items": items}),
        json!({"items": items, "shippingAddress": berlin()}),
        json!({"items": items, "shippingAddress": home, "shippingMethodId": express, "discountCode": "third"}),
    ] {
        let quote = anyone.post("/api/orders/quote", wanted.clone()).await.expect(200).json();
        assert_eq!(quote["problems"], json!([]));
        let mut body = wanted;
        body["total"] = quote["total"].clone();
        let order = anyone.as_user(&ada).post("/api/orders", body).await.expect(201).json();
        for amount in ["currency", "subtotal", "discount", "shipping", "shippingTax", "tax", "taxIncluded", "total"] {
            assert_eq!(order[amount], quote[amount], "{amount} of {quote}");
        }
        for (bought, quoted) in order["items"].as_array().unwrap().iter().zip(quote["items"].as_array().unwrap()) {
            for member in ["productId", "name", "quantity", "price", "discount", "tax", "total"] {
                assert_eq!(bought[member], quoted[member], "{member} of {quoted}");
            }
        }
    }
}
