//! A shop in which much has happened, without violations.

use invariants::{CheckOptions, Invariant};
use serde_json::json;

use crate::shop::{Shop, order_body};

/// Every kind of request to a shop.
async fn a_busy_day(shop: &mut Shop) {
    let (tea, cup, lamp) =
        (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await, shop.product("Lamp", 40.0).await);
    let delivered = shop.buy(&[(tea, 2), (cup, 1)]).await;
    shop.set_status(delivered, "shipped").await;
    shop.set_status(delivered, "delivered").await;
    let parts = shop.buy(&[(tea, 2), (cup, 1)]).await;
    let first = shop.ship(parts, json!({"items": [{"productId": tea, "quantity": 1}], "carrier": "DHL"})).await;
    shop.ship(parts, json!({"items": [{"productId": tea, "quantity": 1}]})).await;
    shop.deliver(parts, &first).await;
    let last = shop.ship(parts, json!({})).await;
    shop.deliver(parts, &last).await;
    shop.take_back(parts, tea).await;
    shop.take_back(delivered, cup).await;
    let payment = format!("/api/payments/{}/refund", shop.payment(parts).await);
    let line = json!({"items": [{"productId": tea, "quantity": 1}], "shipping": true, "reason": "Late"});
    shop.as_admin().post(&payment, line).await.expect(201);
    let some = shop.buy(&[(cup, 2)]).await;
    shop.ship(some, json!({"items": [{"productId": cup, "quantity": 1}]})).await;
    let cancelled = shop.buy(&[(lamp, 1)]).await;
    shop.cancel(cancelled).await;
    let paid_later = shop.buy_declined(&[(cup, 2)]).await;
    shop.pay(paid_later).await;
    shop.buy_declined(&[(cup, 1)]).await;
    let given_up = shop.buy_declined(&[(lamp, 1)]).await;
    shop.cancel(given_up).await;
    let refunded = shop.buy(&[(lamp, 2)]).await;
    shop.refund(refunded, 30.0).await;
    shop.buy_with_key(&[(tea, 1)], "once").await;
    let short = shop.as_ada().post("/api/orders", order_body(&[(tea, 99)], "tok_visa")).await;
    short.expect(409);
    let refunded_and_cancelled = shop.buy(&[(tea, 1)]).await;
    shop.refund(refunded_and_cancelled, 1.0).await;
    shop.cancel(refunded_and_cancelled).await;

    // The price changes, and is paid from then on.
    let dearer = json!({"name": "Lamp", "price": 45.5, "category": "Tests"});
    shop.as_admin().put(&format!("/api/products/{lamp}"), dearer).await.expect(200);
    shop.buy(&[(lamp, 1)]).await;
    shop.set_stock(tea, 50).await;
    let review = shop.review(tea, 5).await;
    let changed = json!({"rating": 4, "comment": "On reflection."});
    shop.as_ada().put(&format!("/api/reviews/{review}"), changed).await.expect(200);
    shop.review(cup, 3).await;
    let regretted = shop.review(lamp, 1).await;
    shop.delete_review(regretted).await;
    for kind in ["product.view", "basket.add", "checkout.start", "product.view"] {
        shop.track(kind).await;
    }
    // The product is removed from the catalog; its orders stay.
    shop.as_admin().delete(&format!("/api/products/{lamp}")).await.expect(204);
    shop.drain().await;
}

#[tokio::test]
async fn a_busy_day_is_found_clean_and_everything_was_checked() {
    let mut shop = Shop::open().await;
    a_busy_day(&mut shop).await;
    let report = shop.check().await;
    assert!(report.holds(), "{report}");
    for (invariant, what, least) in [
        (Invariant::Stock, "products", 3),
        (Invariant::Stock, "catalog entries", 2),
        (Invariant::Stock, "orders at rest", 9),
        (Invariant::Stock, "reservations", 10),
        (Invariant::Money, "payments", 10),
        (Invariant::Money, "orders at rest", 9),
        (Invariant::Completion, "orders", 9),
        (Invariant::Notifications, "notifications", 15),
        (Invariant::Acknowledgements, "responses", 20),
        (Invariant::Acknowledgements, "idempotency keys", 4),
        (Invariant::Outbox, "sent events", 40),
        (Invariant::Orphans, "orders", 9),
        (Invariant::Analytics, "events", 20),
        (Invariant::Analytics, "reviews", 2),
        (Invariant::Analytics, "totals", 15),
        (Invariant::Price, "lines", 10),
        (Invariant::Fulfilments, "shipped lines", 6),
    ] {
        let counted = report.checked_count(invariant, what);
        assert!(counted >= least, "{counted} {what} for {invariant:?}:\n{report}");
    }
    assert_eq!(report.section(Invariant::Queues).notes.len(), 3);
    assert_eq!(report.section(Invariant::Outbox).notes.len(), 1, "how long events waited");

    // Nor is there a violation for a check that does not know that the shop is idle.
    let living = invariants::check(&shop.stores, &CheckOptions::default()).await.unwrap();
    assert!(living.holds(), "{living}");
}

#[tokio::test]
async fn an_empty_shop_holds_and_reports_zero_orders() {
    let shop = Shop::open().await;
    let report = shop.check().await;
    assert!(report.holds(), "{report}");
    assert_eq!(report.checked_count(Invariant::Completion, "orders"), 0);
    assert!(report.to_string().contains("I3  completion        holds     0 orders"), "{report}");
}
