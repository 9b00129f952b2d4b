//! What checkouts add to the metrics that alarms and the dashboard read. A test in a process of its
//! own: metrics are counted per process.

use orders::App;
use runtime::metrics;
use serde_json::json;
use testkit::TestEnv;

#[tokio::test]
async fn each_checkout_is_counted_by_its_outcome() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let shop = test_env.client(orders::router(app, &test_env.http_stack()));
    let (ada, tea) = (test_env.customer().await, test_env.product(1299, 5).await);
    for (quantity, method, status) in
        [(2, "tok_visa", 201), (1, "tok_visa", 201), (1, "tok_declined", 402), (9, "tok_visa", 409)]
    {
        let body = json!({"items": [{"productId": tea, "quantity": quantity}], "payment": {"method": method}});
        shop.as_user(&ada).post("/api/orders", body).await.expect(status);
    }

    let text = metrics::render_prometheus();
    for line in [
        "shop_orders_placed_total{outcome=\"confirmed\"} 2",
        "shop_orders_placed_total{outcome=\"payment_failed\"} 1",
        "shop_orders_placed_total{outcome=\"insufficient_stock\"} 1",
        "shop_payment_declined_total 1",
        "shop_saga_step_millis_count{step=\"reserve\"} 4",
        "shop_saga_step_millis_count{step=\"charge\"} 3",
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
    }
}
