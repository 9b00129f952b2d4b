//! I8 and I10, and orders of missing users: totals, ratings and prices.

use domain::Money;
use invariants::Invariant::{Analytics, Orphans, Price};
use mongodb::bson::{Uuid, doc};

use crate::expect_violations;
use crate::shop::Shop;

#[tokio::test]
async fn rollups_that_differ_from_a_recount_are_found() {
    let mut shop = Shop::open().await;
    let (tea, lamp) = (shop.product("Tea", 12.99).await, shop.product("Lamp", 40.0).await);
    shop.buy(&[(tea, 1), (lamp, 1)]).await;
    shop.review(tea, 5).await;
    shop.track("product.view").await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    shop.acknowledged.clear();

    let (rollups, events) =
        (shop.documents("analyticsdb", "rollups").await, shop.documents("analyticsdb", "events").await);
    let day = shop.env.clock.now().day();
    let more = |id: String, figure: &str| (doc! { "_id": id }, doc! { "$inc": { figure: 1_i64 } });
    for (what, (one, update), about) in [
        ("an event counted twice", more(format!("day/{day}"), "events"), format!("day {day}")),
        ("a cent of refunds", more(format!("day/{day}"), "refundsCents"), format!("day {day}")),
        ("a cent of discounts", more(format!("day/{day}"), "discountsCents"), format!("day {day}")),
        ("a cent of shipping", more(format!("day/{day}"), "shippingCents"), format!("day {day}")),
        ("a cent of tax", more(format!("day/{day}"), "taxCents"), format!("day {day}")),
        (
            "a type counted twice",
            more(format!("type/{day}/product.view"), "count"),
            format!("product.view of day {day}"),
        ),
        ("a user counted twice", more(format!("total/{}", shop.ada.id), "count"), format!("user {}", shop.ada.id)),
        (
            "a cent of revenue",
            more(format!("product/{day}/{tea}"), "revenueCents"),
            format!("product {tea} of day {day}"),
        ),
    ] {
        assert_eq!(rollups.update_one(one, update).await.unwrap().modified_count, 1, "{what}");
        expect_violations(&shop, &mut report, what, Analytics, &[&about]).await;
    }

    // The lists are made of these figures: with them made anew, only they are wrong.
    let lists = doc! { "_id": format!("lists/{day}") };
    let one_more = doc! { "$set": { "kinds": [{ "kind": "product.view", "count": 99_i64 }] } };
    let mut other = Shop::open().await;
    other.track("product.view").await;
    other.drain().await;
    let mut others = other.check().await;
    assert!(others.holds(), "{others}");
    let changed = other.documents("analyticsdb", "rollups").await.update_one(lists, one_more).await.unwrap();
    assert_eq!(changed.modified_count, 1);
    let about = [format!("the lists of day {day}"), "the dashboard of 88 days".to_owned()];
    let about = about.each_ref().map(String::as_str);
    expect_violations(&other, &mut others, "lists that differ from their rollups", Analytics, &about).await;

    let uncounted = Uuid::from_bytes(shop.env.clock.new_uuid().into_bytes());
    let event = doc! {
        "_id": uncounted, "userId": null, "eventType": "product.view", "metadata": {},
        "timestamp": mongodb::bson::DateTime::from_millis(0), "counted": false,
    };
    events.insert_one(event).await.unwrap();
    expect_violations(
        &shop,
        &mut report,
        "an event that was never counted",
        Analytics,
        &[&format!("event {uncounted}")],
    )
    .await;
}

/// As if the event of an order had carried another tax: its rollups agree with it, its order does not.
#[tokio::test]
async fn amounts_that_differ_from_those_of_their_order_are_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let order = shop.buy(&[(tea, 1)]).await;
    shop.drain().await;
    shop.acknowledged.clear();
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let events = shop.documents("analyticsdb", "events").await;
    let of_order = doc! { "metadata.orderId": order.get(), "eventType": "order.confirmed" };
    let more = events.update_one(of_order, doc! { "$inc": { "effect.amounts.taxCents": 1_i64 } }).await.unwrap();
    assert_eq!(more.modified_count, 1);
    let day = shop.env.clock.now().day();
    let rollups = shop.documents("analyticsdb", "rollups").await;
    let more = doc! { "$inc": { "taxCents": 1_i64 } };
    assert_eq!(rollups.update_one(doc! { "_id": format!("day/{day}") }, more).await.unwrap().modified_count, 1);
    let about = format!(" of order {order}");
    expect_violations(&shop, &mut report, "a cent of tax that no order has", Analytics, &[&about]).await;
}

#[tokio::test]
async fn ratings_that_differ_from_a_recount_are_found() {
    let mut shop = Shop::open().await;
    let (tea, cup, lamp) =
        (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await, shop.product("Lamp", 40.0).await);
    shop.review(tea, 5).await;
    shop.review(cup, 4).await;
    let lost = shop.review(lamp, 3).await;
    shop.drain().await;
    shop.acknowledged.clear();
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let ratings = shop.documents("reviewdb", "ratings").await;
    let off = doc! { "$inc": { "sum": 1_i64 } };
    ratings.update_one(doc! { "_id": tea.get() }, off).await.unwrap();
    expect_violations(&shop, &mut report, "a rating off by one", Analytics, &[&format!("product {tea}")]).await;
    let off = format!("update products set rating_sum = rating_sum + 1 where id = {cup}");
    shop.sql("PRODUCTDB_URL", &off).await;
    expect_violations(&shop, &mut report, "a shown rating off by one", Analytics, &[&format!("product {cup}")]).await;
    let reviews = shop.documents("reviewdb", "reviews").await;
    let id: mongodb::bson::oid::ObjectId = lost.as_str().parse().unwrap();
    assert_eq!(reviews.delete_one(doc! { "_id": id }).await.unwrap().deleted_count, 1);
    expect_violations(&shop, &mut report, "a review lost from its ratings", Analytics, &[&format!("product {lamp}")])
        .await;
}

#[tokio::test]
async fn a_wrong_verified_purchase_flag_is_found() {
    let mut shop = Shop::open().await;
    let (tea, cup, lamp) =
        (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await, shop.product("Lamp", 40.0).await);
    shop.buy(&[(tea, 1)]).await;
    let (cancelled, refunded) = (shop.buy(&[(cup, 1)]).await, shop.buy(&[(lamp, 1)]).await);
    let of_tea = shop.review(tea, 5).await;
    let (of_cup, of_lamp) = (shop.review(cup, 4).await, shop.review(lamp, 3).await);
    shop.cancel(cancelled).await;
    shop.refund(refunded, 40.0).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    let reviews = shop.documents("reviewdb", "reviews").await;
    for (what, review, verified) in [
        ("a purchase that is not verified", of_tea, false),
        ("a cancelled purchase that is", of_cup, true),
        ("a refunded purchase that is", of_lamp, true),
    ] {
        let id: mongodb::bson::oid::ObjectId = review.as_str().parse().unwrap();
        let flip = doc! { "$set": { "verifiedPurchase": verified } };
        assert_eq!(reviews.update_one(doc! { "_id": id }, flip).await.unwrap().modified_count, 1, "{what}");
        expect_violations(&shop, &mut report, what, Analytics, &[&format!("review {review}")]).await;
    }
}

#[tokio::test]
async fn prices_that_were_never_in_the_catalog_are_found() {
    let mut shop = Shop::open().await;
    let (tea, lamp) = (shop.product("Tea", 12.99).await, shop.product("Lamp", 40.0).await);
    let order = shop.buy(&[(tea, 1), (lamp, 1)]).await;
    shop.drain().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");

    // A cent moves from one line to the other: the sum stays.
    let line = |product, more: &str| {
        format!("update order_items set price = price {more} 0.01 where order_id = {order} and product_id = {product}")
    };
    for (product, more) in [(tea, "+"), (lamp, "-")] {
        assert_eq!(shop.sql("ORDERDB_URL", &line(product, more)).await, 1);
    }
    let about = [tea, lamp].map(|product| format!("order {order}, product {product}"));
    expect_violations(&shop, &mut report, "a client's price", Price, &about.each_ref().map(String::as_str)).await;
    let one = shop.sql("ORDERDB_URL", &line(tea, "+")).await;
    assert_eq!(one, 1);
    expect_violations(&shop, &mut report, "a line that does not add up", Price, &[&format!("order {order}")]).await;
}

#[tokio::test]
async fn an_order_without_a_user_is_found_and_an_outdated_price_is_not() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let order = shop.buy(&[(tea, 1)]).await;
    let dearer = serde_json::json!({"name": "Tea", "price": 13.99});
    shop.as_admin().put(&format!("/api/products/{tea}"), dearer).await.expect(200);
    let stale = shop.buy(&[(tea, 1)]).await;
    shop.drain().await;
    shop.acknowledged.clear();
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    assert_eq!(shop.env.query_scalar("PRODUCTDB_URL", "select count(*) from price_history").await, 2);

    // As if a cache had served the old price for two hours.
    let aged = "update price_history set since = since - interval '2 hours'";
    assert_eq!(shop.sql("PRODUCTDB_URL", aged).await, 2);
    let about = format!("order {order}, product {tea}");
    expect_violations(&shop, &mut report, "a price that no longer applied", Price, &[&about]).await;
    let found = report.violations().find(|finding| finding.about == about).unwrap();
    assert_eq!((found.expected.as_str(), found.found.as_str()), ("13.99", "12.99"));
    assert_eq!(Money::from_cents(1399).to_string(), found.expected);

    // The session is closed first: it would be a violation of its own.
    shop.sign_out(&shop.ada).await;
    shop.sql("USERDB_URL", &format!("delete from users where id = {}", shop.ada.id)).await;
    let about = [order, stale].map(|order| format!("order {order}"));
    expect_violations(&shop, &mut report, "orders without an account", Orphans, &about.each_ref().map(String::as_str))
        .await;
}
