//! I2 and I7: money, broken in the processor's ledger and in orderdb.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{OrderId, PaymentId};
use invariants::Invariant::{Money, Orphans};

use crate::expect_violations;
use crate::shop::Shop;

type Item = HashMap<String, AttributeValue>;

fn key(payment: PaymentId) -> Item {
    let order = payment.order_id().unwrap();
    HashMap::from([text("pk", &format!("order#{order}")), text("sk", &format!("payment#{payment}"))])
}

fn text(name: &str, value: &str) -> (String, AttributeValue) {
    (name.to_owned(), AttributeValue::S(value.to_owned()))
}

fn number(name: &str, value: i64) -> (String, AttributeValue) {
    (name.to_owned(), AttributeValue::N(value.to_string()))
}

/// A payment with some members changed, written over the one with its key.
async fn overwrite_payment(shop: &Shop, of: PaymentId, members: impl IntoIterator<Item = (String, AttributeValue)>) {
    let (client, table) = shop.table("PAYMENTS_TABLE").await;
    let there = Box::pin(client.get_item().table_name(&table).set_key(Some(key(of))).send()).await.unwrap();
    let mut item: Item = there.item.unwrap();
    item.extend(members);
    Box::pin(client.put_item().table_name(&table).set_item(Some(item)).send()).await.unwrap();
}

/// A copy of a payment under a new id, for that order.
async fn copy_payment(shop: &Shop, of: PaymentId, order: OrderId) -> PaymentId {
    let id = PaymentId::for_order(order, shop.env.clock.new_uuid());
    let members = key(id).into_iter().chain([text("id", &id.to_string()), number("orderId", order.get().into())]);
    overwrite_payment(shop, of, members.collect::<Vec<_>>()).await;
    id
}

fn no_refunds() -> [(String, AttributeValue); 3] {
    [text("status", "captured"), ("refunds".to_owned(), AttributeValue::L(Vec::new())), number("refunded", 0)]
}

#[tokio::test]
async fn wrong_payments_and_refunds_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let twice = shop.buy(&[(tea, 1)]).await;
    let cancelled = shop.buy(&[(tea, 1)]).await;
    shop.cancel(cancelled).await;
    let cheaper = shop.buy(&[(tea, 1)]).await;
    let refunded = shop.buy(&[(tea, 2)]).await;
    let refund = shop.refund(refunded, 5.0).await;
    let unpaid = shop.buy(&[(tea, 1)]).await;
    let odd = shop.buy(&[(tea, 1)]).await;
    shop.drain().await;
    // Clients got responses about all this; what follows is found without them.
    shop.acknowledged.clear();
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    copy_payment(&shop, shop.payment(twice).await, twice).await;
    expect_violations(&shop, &mut report, "a second capture", Money, &[&format!("order {twice}")]).await;

    overwrite_payment(&shop, shop.payment(cancelled).await, no_refunds()).await;
    expect_violations(&shop, &mut report, "money of a cancelled order", Money, &[&format!("order {cancelled}")]).await;

    let payment = shop.payment(cheaper).await;
    overwrite_payment(&shop, payment, [number("amount", 1298)]).await;
    let about = [format!("payment {payment}"), format!("order {cheaper}")];
    expect_violations(&shop, &mut report, "a cent less", Money, &about.each_ref().map(String::as_str)).await;

    overwrite_payment(&shop, shop.payment(odd).await, [text("status", "refunded")]).await;
    let about = format!("order {odd}");
    expect_violations(&shop, &mut report, "a status that is not its refunds'", Money, &[&about]).await;

    let (client, table) = shop.table("PAYMENTS_TABLE").await;
    let gone = client.delete_item().table_name(&table).set_key(Some(key(shop.payment(unpaid).await)));
    Box::pin(gone.send()).await.unwrap();
    expect_violations(&shop, &mut report, "a lost payment", Money, &[&format!("order {unpaid}")]).await;

    let stray = copy_payment(&shop, shop.payment(cheaper).await, OrderId::new(900_001)).await;
    expect_violations(&shop, &mut report, "a payment of no order", Orphans, &[&format!("payment {stray}")]).await;
    // Nothing was ever charged under a tombstone.
    let tombstone = copy_payment(&shop, shop.payment(cheaper).await, OrderId::new(900_002)).await;
    overwrite_payment(&shop, tombstone, [text("status", "voided")]).await;
    expect_violations(&shop, &mut report, "a tombstone of no order", Orphans, &[]).await;

    // Its key replays a refund that orderdb has: that stays so.
    overwrite_payment(&shop, shop.payment(refunded).await, no_refunds()).await;
    let about = [format!("refund {refund}"), format!("order {refunded}")];
    expect_violations(&shop, &mut report, "a lost refund", Money, &about.each_ref().map(String::as_str)).await;
}

/// Each of its refunds is correct, but the order keeps the rest.
#[tokio::test]
async fn a_cancelled_order_that_keeps_money_after_refunds_is_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 100.0).await;
    let order = shop.buy(&[(tea, 1)]).await;
    for _ in 0..3 {
        shop.refund(order, 0.01).await;
    }
    let payment = shop.payment(order).await;
    let (client, table) = shop.table("PAYMENTS_TABLE").await;
    let there = Box::pin(client.get_item().table_name(&table).set_key(Some(key(payment))).send()).await.unwrap();
    let refunded_in_part = there.item.unwrap();
    shop.cancel(order).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    // As if the refund of the rest had been rejected, and the rejection taken for success.
    Box::pin(client.put_item().table_name(&table).set_item(Some(refunded_in_part)).send()).await.unwrap();
    expect_violations(&shop, &mut report, "99.97 captured", Money, &[format!("order {order}").as_str()]).await;
}
