//! I10 and I16: amounts of orders and uses of discounts, changed in orderdb.

use domain::{OrderId, ProductId};
use invariants::Invariant::{Discounts, Price};
use serde_json::json;

use crate::expect_violations;
use crate::shop::{Shop, order_body};

const ORDERS: &str = "ORDERDB_URL";

/// Two units with the code `TEN`.
async fn buy(shop: &Shop, product: ProductId) -> OrderId {
    let mut body = order_body(&[(product, 2)], "tok_visa");
    body["discountCode"] = json!("TEN");
    let placed = shop.as_ada().post("/api/orders", body).await.expect(201).json();
    serde_json::from_value(placed["id"].clone()).unwrap()
}

#[tokio::test]
async fn wrong_amounts_and_wrong_uses_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let rules = "insert into tax_rates (country, basis_points) values ('DE', 1900);
                 insert into discounts (code, kind, value) values ('TEN', 'percentage', 1000)";
    shop.sql(ORDERS, rules).await;
    let (first, second, third) = (buy(&shop, tea).await, buy(&shop, tea).await, buy(&shop, tea).await);
    let cancelled = buy(&shop, tea).await;
    shop.cancel(cancelled).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    assert_eq!((report.checked_count(Discounts, "discounts"), report.checked_count(Discounts, "customers")), (1, 1));

    let discount = shop.query_text(ORDERS, "select id::text from discounts").await;
    shop.sql(ORDERS, "update discounts set uses = uses + 1").await;
    let about = format!("discount {discount} (TEN)");
    expect_violations(&shop, &mut report, "a use that was not given back", Discounts, &[&about]).await;
    shop.sql(ORDERS, "update discounts set uses = 3; update discount_customers set uses = 2").await;
    let about = format!("discount {discount}, user {}", shop.ada.id);
    expect_violations(&shop, &mut report, "a customer's use that was not counted", Discounts, &[&about]).await;
    shop.sql(ORDERS, "update discount_customers set uses = 3").await;
    expect_violations(&shop, &mut report, "right again", Discounts, &[]).await;
    let past = "alter table discounts drop constraint discounts_within_limit; update discounts set max_uses = 2";
    shop.sql(ORDERS, past).await;
    let about = format!("discount {discount} (TEN)");
    expect_violations(&shop, &mut report, "one order too many", Discounts, &[&about]).await;

    shop.sql(ORDERS, &format!("update orders set shipping_tax = shipping_tax + 0.01 where id = {first}")).await;
    expect_violations(&shop, &mut report, "a tax of no line", Price, &[&format!("order {first}")]).await;
    shop.sql(ORDERS, &format!("update order_items set discount = discount - 0.01 where order_id = {second}")).await;
    expect_violations(&shop, &mut report, "a cent that no line has", Price, &[&format!("order {second}")]).await;
    let untaxed = format!("update order_items set tax_basis_points = 700 where order_id = {third}");
    shop.sql(ORDERS, &untaxed).await;
    let about = format!("order {third}, product {tea}");
    expect_violations(&shop, &mut report, "a tax of another rate", Price, &[&about]).await;
}
