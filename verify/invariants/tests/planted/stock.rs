//! I1 and I7: stock, broken in inventorydb and in the catalog.

use domain::OrderId;
use invariants::Invariant::{Completion, Orphans, RemovedProducts, Stock};

use crate::expect_violations;
use crate::shop::Shop;

const INVENTORY: &str = "INVENTORYDB_URL";

#[tokio::test]
async fn wrong_stock_is_found() {
    let mut shop = Shop::open().await;
    let (tea, cup, lamp) =
        (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await, shop.product("Lamp", 40.0).await);
    let (bowl, pot, jar) =
        (shop.product("Bowl", 9.0).await, shop.product("Pot", 30.0).await, shop.product("Jar", 7.0).await);
    let twice = shop.buy(&[(cup, 2)]).await;
    let declined = shop.buy_declined(&[(jar, 3)]).await;
    let returned = shop.buy(&[(pot, 1)]).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let lost_hold = format!("update inventory set reserved = reserved + 1 where product_id = {tea}");
    let sold_twice = format!(
        "insert into reservations (order_id, attempt, product_id, quantity, state, expires_at)
         select order_id, 2, product_id, quantity, 'sold', expires_at from reservations where order_id = {twice}"
    );
    let never_came_in = format!("delete from stock_ledger where product_id = {lamp}");
    // Stock that a cancelled order never returned would look like this to the ledger.
    let not_taken_back = format!("update reservations set state = 'released' where order_id = {returned}");
    for (what, database, sql, about) in [
        ("a lost hold", INVENTORY, lost_hold, vec![format!("product {tea}")]),
        ("sold twice", INVENTORY, sold_twice, vec![format!("order {twice}"), format!("product {cup}")]),
        ("a ledger without its rows", INVENTORY, never_came_in, vec![format!("product {lamp}")]),
        (
            "a release that moved nothing",
            INVENTORY,
            not_taken_back,
            vec![format!("order {returned}"), format!("product {pot}")],
        ),
        (
            "a projection that is off",
            "PRODUCTDB_URL",
            format!("update products set stock = stock + 1 where id = {bowl}"),
            vec![format!("product {bowl}")],
        ),
    ] {
        assert_eq!(shop.sql(database, &sql).await, 1, "{what}");
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        expect_violations(&shop, &mut report, what, Stock, &about).await;
    }

    // A reservation that outlived its order, with all numbers correct, as if recovery had missed
    // it.
    let held = format!("order {declined} of product {jar}");
    insert_reservation(
        &shop,
        &format!("update reservations set state = 'held' where order_id = {declined}"),
        jar.get(),
        3,
    )
    .await;
    expect_violations(&shop, &mut report, "a hold of an order at rest", Orphans, &[held.as_str()]).await;

    let nobody = OrderId::new(900_001);
    let insert = format!(
        "insert into reservations (order_id, attempt, product_id, quantity, expires_at)
         values ({nobody}, 1, {jar}, 1, now() + interval '1 hour')"
    );
    insert_reservation(&shop, &insert, jar.get(), 1).await;
    let held = format!("order {nobody} of product {jar}");
    expect_violations(&shop, &mut report, "a hold of no order", Orphans, &[held.as_str()]).await;
}

#[tokio::test]
async fn removed_products_that_can_still_be_bought_are_found() {
    let mut shop = Shop::open().await;
    let (tea, cup) = (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await);
    let order = shop.buy(&[(tea, 2)]).await;
    shop.as_admin().delete(&format!("/api/products/{tea}")).await.expect(204);
    shop.cancel(order).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    // As it was when a removal was validated after its stock, and a return did not know of it.
    let restocked = format!(
        "with back as (update inventory set quantity = 2, version = version + 1 where product_id = {tea})
         insert into stock_ledger (product_id, delta, quantity_after, reason) values ({tea}, 2, 2, 'counted')"
    );
    assert_eq!(shop.sql(INVENTORY, &restocked).await, 1);
    expect_violations(&shop, &mut report, "stock of nothing", RemovedProducts, &[format!("product {tea}").as_str()])
        .await;

    let begun = format!(
        "insert into product_writes (product_id, token, kind, draft, pieces, actor)
         values ({cup}, gen_random_uuid(), 'replace', '{{}}', 1, 1)"
    );
    assert_eq!(shop.sql("PRODUCTDB_URL", &begun).await, 1);
    expect_violations(
        &shop,
        &mut report,
        "a write that no request continues",
        Completion,
        &[format!("product {cup}").as_str()],
    )
    .await;
}

/// Changes a reservation and everything that follows from reserving this many units.
async fn insert_reservation(shop: &Shop, reservation: &str, product: i32, pieces: i32) {
    assert_eq!(shop.sql(INVENTORY, reservation).await, 1);
    let count = format!(
        "update inventory set reserved = reserved + {pieces}, version = version + 1 where product_id = {product}"
    );
    assert_eq!(shop.sql(INVENTORY, &count).await, 1);
    let show =
        format!("update products set stock = stock - {pieces}, stock_version = stock_version + 1 where id = {product}");
    assert_eq!(shop.sql("PRODUCTDB_URL", &show).await, 1);
}
