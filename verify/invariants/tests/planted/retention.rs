//! I13 and I14, and I3: what is not purged, what waits, and what recovery fails with.

use invariants::Invariant::{Completion, FirstAttempt, Retention};
use mongodb::bson::{DateTime, Uuid, doc};

use crate::expect_violations;
use crate::shop::Shop;

const ORDERS: &str = "ORDERDB_URL";

#[tokio::test]
async fn records_older_than_their_retention_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    shop.buy_with_key(&[(tea, 1)], "once").await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    shop.acknowledged.clear();
    for (database, variable) in
        [("orderdb", ORDERS), ("inventorydb", "INVENTORYDB_URL"), ("productdb", "PRODUCTDB_URL")]
    {
        let rows = "insert into outbox (event_id, body, created_at, sent_at)
             select gen_random_uuid(), body, now() - interval '16 days', now() - interval '16 days' from outbox limit 1";
        shop.sql(variable, rows).await;
        expect_violations(&shop, &mut report, database, Retention, &[&format!("outbox of {database}")]).await;
    }
    let old = DateTime::from_millis(shop.env.clock.now().plus_seconds(-92 * 24 * 3600).millis());
    let event = doc! {
        "_id": Uuid::from_bytes(shop.env.clock.new_uuid().into_bytes()), "userId": null, "eventType": "product.view",
        "metadata": {}, "timestamp": old, "counted": true, "countedAt": old,
    };
    shop.documents("analyticsdb", "events").await.insert_one(event).await.unwrap();
    expect_violations(&shop, &mut report, "an old event", Retention, &["events of analyticsdb"]).await;
}

#[tokio::test]
async fn unfinished_orders_are_found_before_eighteen_minutes() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (waiting, failing) = (shop.buy(&[(tea, 1)]).await, shop.buy(&[(tea, 1)]).await);
    shop.drain().await;
    let living = async || invariants::check(&shop.stores, &invariants::CheckOptions::default()).await.unwrap();
    let report = living().await;
    assert!(report.holds(), "{report}");
    let begun = "update orders set step = 'cancel', begun_at = now() - interval '4 minutes'";
    shop.sql(ORDERS, &format!("{begun} where id = {waiting}")).await;
    // A moment ago, and recovery has failed with it twice.
    shop.sql(ORDERS, &format!("update orders set step = 'cancel', begun_at = now() where id = {failing}")).await;
    shop.sql(ORDERS, &format!("update orders set tries = 2 where id = {failing}")).await;
    let report = living().await;
    for (invariant, order) in [(FirstAttempt, waiting), (Completion, failing)] {
        let found = report.violations().any(|f| f.invariant == invariant && f.about == format!("order {order}"));
        assert!(found, "{invariant:?}: {report}");
    }
}
