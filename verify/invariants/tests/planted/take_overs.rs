//! I21 and what goes with it: guests whom an account has claimed, and whose orders or discounts stayed.

use domain::OrderId;
use invariants::Invariant::{Discounts, Sessions, TakeOvers};
use serde_json::json;

use crate::expect_violations;
use crate::shop::{Shop, json_field, order_body};

const ORDERS: &str = "ORDERDB_URL";
const USERS: &str = "USERDB_URL";

#[tokio::test]
async fn what_stays_with_a_claimed_guest_is_found() {
    let shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    shop.sql(ORDERS, "insert into discounts (code, kind, value) values ('TEN', 'percentage', 1000)").await;
    let guest = shop.env.guest().await;
    let mut body = order_body(&[(tea, 2)], "tok_visa");
    body["discountCode"] = json!("TEN");
    let client = shop.as_user(&guest).with_header("idempotency-key", "a guest's own");
    let order: OrderId = json_field(&client.post("/api/orders", body).await.expect(201).json(), "id");
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let (guest_id, account) = (guest.id, shop.ada.id);
    shop.sql(USERS, &format!("update guests set claimed_by = {account}, claimed_at = now() where id = {guest_id}"))
        .await;
    let stayed = format!("order {order}");
    let found = shop.check().await;
    let about: Vec<_> = found.violations().map(|finding| (finding.invariant, finding.about.clone())).collect();
    assert_eq!(about, [(Sessions, format!("user {guest_id}")), (TakeOvers, stayed.clone())], "{found}");
    shop.sign_out(&guest).await;
    expect_violations(&shop, &mut report, "an order that stayed with the guest", TakeOvers, &[&stayed]).await;

    // The order moves with its discount; its payment, its notification and its key remember the guest.
    shop.sql(
        ORDERS,
        &format!("select take_over_orders({guest_id}, {account}); delete from outbox where body like '%taken_over%'"),
    )
    .await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    shop.sql(
        ORDERS,
        &format!("update discount_customers set uses = 1 - uses where user_id in ({guest_id}, {account})"),
    )
    .await;
    let discount = shop.query_text(ORDERS, "select id::text from discounts").await;
    let both = [guest_id, account].map(|user| format!("discount {discount}, user {user}"));
    expect_violations(&shop, &mut report, "a use that stayed with the guest", Discounts, &[&both[0], &both[1]]).await;
}
