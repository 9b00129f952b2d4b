//! I17: fulfilments, broken in orderdb. Its triggers and constraints are removed first: they prevent it.

use invariants::Invariant::{Fulfilments, Notifications};
use serde_json::json;

use crate::expect_violations;
use crate::shop::Shop;

const ORDERS: &str = "ORDERDB_URL";

#[tokio::test]
async fn wrong_fulfilments_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let one = || json!({"items": [{"productId": tea, "quantity": 1}]});
    let (too_many, miscounted) = (shop.buy(&[(tea, 2)]).await, shop.buy(&[(tea, 2)]).await);
    let (too_early, too_late, untold) =
        (shop.buy(&[(tea, 2)]).await, shop.buy(&[(tea, 2)]).await, shop.buy(&[(tea, 3)]).await);
    for order in [too_many, too_late] {
        shop.set_status(order, "shipped").await;
    }
    for order in [miscounted, too_early, untold] {
        shop.ship(order, one()).await;
    }
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    shop.sql(
        ORDERS,
        "alter table order_items drop constraint order_items_shipped_at_most_bought;
         alter table orders disable trigger orders_fulfil_rest",
    )
    .await;
    shop.sql(ORDERS, &format!("update fulfilment_items set quantity = 3 where order_id = {too_many}")).await;
    shop.sql(ORDERS, &format!("update order_items set shipped = 3 where order_id = {too_many}")).await;
    let about = format!("order {too_many}, product {tea}");
    expect_violations(&shop, &mut report, "three pieces of two", Fulfilments, &[&about]).await;

    shop.sql(ORDERS, &format!("update order_items set shipped = 0 where order_id = {miscounted}")).await;
    let about = format!("order {miscounted}, product {tea}");
    expect_violations(&shop, &mut report, "a line that has forgotten a shipment", Fulfilments, &[&about]).await;

    shop.sql(ORDERS, &format!("update orders set status = 'shipped' where id = {too_early}")).await;
    let about = format!("order {too_early}");
    expect_violations(&shop, &mut report, "shipped although a piece is left", Fulfilments, &[&about]).await;

    shop.sql(
        ORDERS,
        &format!(
            "update fulfilments set status = 'delivered', delivered_at = '2000-01-01' where order_id = {too_late}"
        ),
    )
    .await;
    let after = shop.check().await;
    let about: Vec<_> = crate::shop::new_findings(&report, &after).into_iter().map(|found| found.invariant).collect();
    // Nor was its customer told.
    assert_eq!(about, [Notifications, Fulfilments]);
    report = after;

    let second = format!(
        "insert into fulfilments (id, order_id, created_at) values (gen_random_uuid(), {untold}, now());
         insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
         select {untold}, {tea}, id, 1 from fulfilments where order_id = {untold} order by created_at desc limit 1"
    );
    shop.sql(ORDERS, &second).await;
    let about = format!("order {untold} and `order_partially_shipped`");
    expect_violations(&shop, &mut report, "a shipment without a notification", Notifications, &[&about]).await;
}
