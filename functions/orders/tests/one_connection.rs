//! A small shop has no proxy, so an instance may open one connection to each database: it serves
//! one request at a time, and no code may hold a connection while it waits for another.

use orders::App;
use serde_json::json;
use testkit::TestEnv;

#[tokio::test]
async fn an_instance_with_one_connection_per_database_sells_lists_and_cancels() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env_with(&[("DATABASE_CONNECTIONS", "1")]), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    let (ada, tea, cup) = (test_env.customer().await, test_env.product(1299, 5).await, test_env.product(2050, 3).await);

    let basket = json!({"items": [{"productId": tea, "quantity": 2}, {"productId": cup, "quantity": 1}]});
    let bought = shop.as_user(&ada).post("/api/orders", basket.clone()).await.expect(201).json();
    let declined = json!({"items": [{"productId": tea, "quantity": 1}], "payment": {"method": "tok_declined"}});
    shop.as_user(&ada).post("/api/orders", declined).await.expect(402);
    let short = json!({"items": [{"productId": cup, "quantity": 3}]});
    shop.as_user(&ada).post("/api/orders", short).await.expect(409);
    assert_eq!((test_env.stock(tea).await, test_env.stock(cup).await), ((3, 0), (2, 0)));

    let listed = shop.as_user(&ada).get("/api/orders").await.expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let path = format!("/api/orders/{}", bought["id"]);
    shop.as_user(&ada).put(&path, json!({"status": "cancelled"})).await.expect(200);
    assert_eq!((test_env.stock(tea).await, test_env.stock(cup).await), ((5, 0), (3, 0)));
}
