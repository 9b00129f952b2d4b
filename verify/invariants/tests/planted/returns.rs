//! I19 and I20: returns and refunds by line, broken in orderdb and inventorydb. Their triggers and
//! constraints are removed first: they prevent it.

use domain::{OrderId, ProductId};
use invariants::Invariant::{Acknowledgements, LineRefunds, Money, Returns, Stock};

use crate::expect_violations;
use crate::shop::{Shop, new_findings};

const ORDERS: &str = "ORDERDB_URL";
const INVENTORY: &str = "INVENTORYDB_URL";

/// An order of two pieces that was shipped and delivered, one of which came back and is on sale again.
async fn returned_order(shop: &mut Shop, tea: ProductId) -> OrderId {
    let order = shop.buy(&[(tea, 2)]).await;
    shop.set_status(order, "shipped").await;
    shop.set_status(order, "delivered").await;
    shop.take_back(order, tea).await;
    order
}

#[tokio::test]
async fn wrong_returns_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (too_many, miscounted) = (returned_order(&mut shop, tea).await, returned_order(&mut shop, tea).await);
    let (unrefunded, unstocked) = (returned_order(&mut shop, tea).await, returned_order(&mut shop, tea).await);
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    shop.sql(
        ORDERS,
        "alter table order_items drop constraint order_items_returned_at_most_shipped;
         alter table refunds drop constraint refunds_of_return_end",
    )
    .await;

    shop.sql(ORDERS, &format!("update order_items set returned = 3 where order_id = {too_many}")).await;
    shop.sql(ORDERS, &format!("update return_items set quantity = 3 where order_id = {too_many}")).await;
    let after = shop.check().await;
    let found: Vec<_> = new_findings(&report, &after).into_iter().map(|found| found.invariant).collect();
    // Nor were the other two refunded, nor is it what its key replays.
    assert_eq!(found, [Acknowledgements, Returns, LineRefunds]);
    report = after;

    shop.sql(ORDERS, &format!("update order_items set returned = 0 where order_id = {miscounted}")).await;
    let about = format!("order {miscounted}, product {tea}");
    expect_violations(&shop, &mut report, "a line that has forgotten a return", Returns, &[&about]).await;

    shop.sql(INVENTORY, &format!("update stock_ledger set return_id = gen_random_uuid() where order_id = {unstocked} and return_id is not null"))
        .await;
    let about = format!("of order {unstocked}");
    expect_violations(&shop, &mut report, "pieces that were not restocked", Returns, &[&about]).await;

    shop.sql(ORDERS, &format!("update returns set status = 'approved', received_at = null, decided_at = now() where order_id = {unrefunded}"))
        .await;
    let about = format!("of order {unrefunded}");
    expect_violations(&shop, &mut report, "a refund of a return that was not received", Returns, &[&about]).await;

    shop.sql(INVENTORY, "update stock_ledger set return_id = null where return_id is not null").await;
    let after = shop.check().await;
    assert!(new_findings(&report, &after).iter().any(|found| found.invariant == Stock), "{after}");
}

#[tokio::test]
async fn wrong_refunds_by_line_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (miscounted, dearer) = (returned_order(&mut shop, tea).await, returned_order(&mut shop, tea).await);
    let (unrefunded, shipping) = (returned_order(&mut shop, tea).await, returned_order(&mut shop, tea).await);
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    shop.sql(ORDERS, &format!("update order_items set refunded = 0 where order_id = {miscounted}")).await;
    let about = format!("order {miscounted}, product {tea}");
    expect_violations(&shop, &mut report, "a line that has forgotten a refund", LineRefunds, &[&about]).await;

    let rounded = format!(
        "update refund_items set amount = 13 where order_id = {dearer};
         update order_items set refunded_amount = 13 where order_id = {dearer}"
    );
    shop.sql(ORDERS, &rounded).await;
    let about = format!("order {dearer}");
    expect_violations(&shop, &mut report, "a share that was rounded otherwise", LineRefunds, &[&about]).await;

    let forgotten = format!(
        "delete from refund_items where order_id = {unrefunded};
         update order_items set refunded = 0, refunded_amount = 0 where order_id = {unrefunded};
         update refunds set amount = 0 where order_id = {unrefunded}"
    );
    shop.sql(ORDERS, &forgotten).await;
    let after = shop.check().await;
    let found: Vec<_> = new_findings(&report, &after).into_iter().map(|found| found.invariant).collect();
    assert!(found.contains(&LineRefunds) && found.contains(&Money), "{found:?}");
    report = after;

    shop.sql(ORDERS, &format!("update refunds set shipping = 1 where order_id = {shipping}")).await;
    let about = format!("order {shipping}");
    expect_violations(&shop, &mut report, "shipping that cost nothing", LineRefunds, &[&about]).await;
}
