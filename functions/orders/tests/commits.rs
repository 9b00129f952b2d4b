//! Which function commits the stock of a purchase, by where inventorydb is.

use orders::App;
use serde_json::json;
use testkit::TestEnv;

/// Each case takes the other function away: whatever is called works.
#[tokio::test]
async fn stock_waits_for_the_orders_commit_only_on_the_same_server() {
    let test_env = TestEnv::new().await;
    let (customer, product) = (test_env.customer().await, test_env.product(1000, 9).await);
    let here = test_env.env().required("INVENTORYDB_URL").unwrap();
    // Another name of this server, as another server would have.
    let elsewhere = here.replacen("127.0.0.1", "localhost", 1);
    assert_ne!(here, elsewhere);
    for (url, unused) in [
        (&here, "revoke execute on function sell from fn_orders"),
        (
            &elsewhere,
            "revoke execute on function sell_before_close from fn_orders; grant execute on function sell to fn_orders",
        ),
    ] {
        let mut db = test_env.database("INVENTORYDB_URL").acquire().await.unwrap();
        sqlx::raw_sql(unused).execute(&mut *db).await.unwrap();
        drop(db);
        let app = App::from_env(&test_env.env_with(&[("INVENTORYDB_URL", url)]), &test_env.clock).unwrap();
        let client = test_env.client(orders::router(app, &test_env.http_stack())).as_user(&customer);
        let basket = json!({"items": [{"productId": product, "quantity": 1}]});
        client.post("/api/orders", basket).await.expect(201);
    }
    assert_eq!(test_env.stock(product).await, (7, 0));
}
