//! Returns of shipped pieces: who may ask until when, what they refund and restock, and each of it once.

#[path = "returns/shop.rs"]
mod shop;

use serde_json::{Value, json};

use shop::{Shop, line};

#[tokio::test]
async fn pieces_come_back_are_refunded_and_go_on_sale_again() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let before = shop.env.stock(shop.tea).await.0;
    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1), line(shop.tea, 1)])).await.expect(201);
    assert_eq!(asked.header("location"), order);
    let asked = asked.json();
    let items = json!([{"productId": shop.tea, "quantity": 2, "restocked": 0}]);
    assert_eq!((&asked["status"], &asked["items"]), (&json!("requested"), &items));
    let read = shop.read(&order).await;
    assert_eq!(
        (&read["returns"], &read["returnable"]),
        (&json!([asked]), &json!([line(shop.tea, 1), line(shop.pot, 1)]))
    );

    let approved =
        shop.decide(&order, &asked, json!({"status": "approved", "note": "Please."})).await.expect(200).json();
    assert_eq!((&approved["status"], &approved["note"]), (&json!("approved"), &json!("Please.")));
    let received = json!({"status": "received", "restock": [line(shop.tea, 1)]});
    let back = shop.decide(&order, &asked, received.clone()).await.expect(200).json();
    assert_eq!((&back["status"], &back["refunded"]), (&json!("received"), &json!(20)));
    assert_eq!((&back["items"][0]["restocked"], &back["note"]), (&json!(1), &json!("Please.")));
    assert_eq!(shop.env.stock(shop.tea).await.0, before + 1);
    // The same status again changes nothing.
    let again = shop.decide(&order, &asked, received).await.expect(200).json();
    assert_eq!(again, back);
    assert_eq!((shop.env.stock(shop.tea).await.0, shop.net_cents(&order).await), (before + 1, 3500));

    let read = shop.read(&order).await;
    let details: Vec<&str> = read["timeline"].as_array().unwrap().iter().filter_map(|e| e["detail"].as_str()).collect();
    assert_eq!(details, ["Return requested", "Return approved", "Return received", "Refunded €20.00"]);
    assert_eq!((&read["status"], &read["returns"][0]), (&json!("delivered"), &back));
    let told: Vec<Value> = shop.told().await;
    assert_eq!(
        told.iter().map(|e| e["status"].as_str().unwrap()).collect::<Vec<_>>(),
        ["requested", "approved", "received"]
    );
    assert_eq!((&told[2]["refundedCents"], &told[2]["items"][0]["quantity"]), (&json!(2000), &json!(2)));
    let payment = shop.payment(&order).await;
    assert_eq!(payment["refunds"][0]["items"], json!([line(shop.tea, 2)]));
    assert_eq!(payment["refunds"][0]["returnId"], back["id"]);
}

#[tokio::test]
async fn the_whole_order_comes_back_with_its_shipping_once() {
    let shop = Shop::open().await;
    let method = shop.shipping_method(4.9).await;
    let order = shop.buy_with(json!({"shippingMethodId": method})).await;
    shop.ship_and_deliver(&order).await;
    assert_eq!(shop.net_cents(&order).await, 5990);
    let first = shop.ask(&shop.ada, &order, json!([line(shop.tea, 3)])).await.expect(201).json();
    let second = shop.ask(&shop.admin, &order, json!([line(shop.pot, 1)])).await.expect(201).json();
    let back = shop.decide(&order, &second, json!({"status": "received"})).await.expect(200).json();
    assert_eq!(back["refunded"], 25);
    let back = shop.decide(&order, &first, json!({"status": "received"})).await.expect(200).json();
    assert_eq!(back["refunded"], 34.9);
    assert_eq!((shop.net_cents(&order).await, &shop.read(&order).await["returnable"]), (0, &json!([])));
}

#[tokio::test]
async fn what_may_not_come_back_is_refused_and_has_no_effect() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    let unsent = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(409);
    assert_eq!(unsent.error_code(), "illegal_transition");
    shop.ship(&order, json!({"items": [line(shop.tea, 2)]})).await;
    let excess = shop.ask(&shop.ada, &order, json!([line(shop.tea, 3), line(shop.pot, 1)])).await.expect(409);
    let named =
        json!([{"productId": shop.tea, "requested": 3, "left": 2}, {"productId": shop.pot, "requested": 1, "left": 0}]);
    assert_eq!((excess.error_code(), &excess.json()["items"]), ("too_many_pieces".to_owned(), &named));
    shop.ask(&shop.env.customer().await, &order, json!([line(shop.tea, 1)])).await.expect(404);
    let path = format!("{order}/returns");
    let ada = shop.client.as_user(&shop.ada);
    for (field, bad) in [
        ("items", json!({"items": [], "reason": "r"})),
        ("items", json!({"reason": "r"})),
        ("reason", json!({"items": [line(shop.tea, 1)]})),
        ("reason", json!({"items": [line(shop.tea, 1)], "reason": " "})),
        ("reason", json!({"items": [line(shop.tea, 1)], "reason": "x".repeat(501)})),
    ] {
        let reply = ada.post(&path, bad.clone()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{bad}");
    }
    assert_eq!(shop.returned_pieces().await, 0);

    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 2)])).await.expect(201).json();
    let early = shop.decide(&order, &asked, json!({"status": "approved", "restock": [line(shop.tea, 1)]})).await;
    assert_eq!(early.expect(400).json()["errors"][0]["field"], "restock");
    let excess = shop.decide(&order, &asked, json!({"status": "received", "restock": [line(shop.tea, 3)]})).await;
    assert_eq!(excess.expect(409).error_code(), "too_many_pieces");
    let admin = shop.client.as_user(&shop.admin);
    let unknown = format!("{order}/returns/0197a1b2-0000-7000-8000-000000000001");
    admin.put(&unknown, json!({"status": "approved"})).await.expect(404);
    let own = format!("{order}/returns/{}", asked["id"].as_str().unwrap());
    ada.put(&own, json!({"status": "approved"})).await.expect(403);
    admin.put(&own, json!({"status": "requested"})).await.expect(400);
    ada.get("/api/orders/returns").await.expect(403);

    // The pieces of a rejected return may be in another one, and it stays rejected.
    shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(409);
    shop.decide(&order, &asked, json!({"status": "rejected", "note": "Worn."})).await.expect(200);
    let received = shop.decide(&order, &asked, json!({"status": "received"})).await.expect(409);
    assert_eq!(received.error_code(), "illegal_transition");
    shop.ask(&shop.ada, &order, json!([line(shop.tea, 2)])).await.expect(201);
    assert_eq!((shop.returned_pieces().await, shop.net_cents(&order).await), (2, 5500));
}

#[tokio::test]
async fn an_owner_has_until_the_shops_return_days_are_over_and_an_admin_longer() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    assert!(shop.read(&order).await["returnableUntil"].is_string());
    shop.sql("ORDERDB_URL", "update fulfilments set delivered_at = delivered_at - interval '15 days'").await;
    assert!(shop.read(&order).await["returnableUntil"].is_null());
    let late = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(409);
    assert_eq!((late.error_code(), late.json()["until"].is_string()), ("return_period_over".to_owned(), true));
    shop.ask(&shop.admin, &order, json!([line(shop.tea, 1)])).await.expect(201);
    // Anything that has not arrived keeps it open.
    shop.sql("ORDERDB_URL", "update orders set status = 'shipped'").await;
    shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201);
}

#[tokio::test]
async fn concurrent_requests_return_no_piece_twice_and_concurrent_receipts_refund_once() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let asks = (0..8).map(|_| shop.ask(&shop.ada, &order, json!([line(shop.tea, 2)])));
    let all = futures::future::join_all(asks).await;
    let made: Vec<Value> = all.iter().filter(|reply| reply.status == 201).map(|reply| reply.json()).collect();
    assert_eq!((made.len(), shop.returned_pieces().await), (1, 2));
    let before = shop.env.stock(shop.tea).await.0;
    let body = json!({"status": "received", "restock": [line(shop.tea, 2)]});
    let all = futures::future::join_all((0..8).map(|_| shop.decide(&order, &made[0], body.clone()))).await;
    assert!(all.iter().all(|reply| reply.status == 200), "{:?}", all.iter().map(|r| r.status).collect::<Vec<_>>());
    assert_eq!(shop.net_cents(&order).await, 3500);
    assert_eq!(shop.env.stock(shop.tea).await.0, before + 2);
    assert_eq!(shop.told().await.len(), 2);
}

#[tokio::test]
async fn a_repeated_key_asks_once() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let keyed = shop.client.as_user(&shop.ada).with_header("idempotency-key", "first");
    let (path, body) = (format!("{order}/returns"), json!({"items": [line(shop.tea, 1)], "reason": "r"}));
    let made = keyed.post(&path, body.clone()).await.expect(201);
    let again = keyed.post(&path, body).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &made.bytes));
    let other = keyed.post(&path, json!({"items": [line(shop.pot, 1)], "reason": "r"})).await.expect(422);
    assert_eq!((other.error_code(), shop.returned_pieces().await), ("idempotency_mismatch".to_owned(), 1));
}

#[tokio::test]
async fn a_return_gets_what_is_left_of_the_payment() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 2)])).await.expect(201).json();
    shop.refund(&order, json!({"amount": 50})).await.expect(201);
    let back = shop.decide(&order, &asked, json!({"status": "received"})).await.expect(200).json();
    assert_eq!((&back["refunded"], shop.net_cents(&order).await), (&json!(5), 0));
    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201).json();
    let before = shop.env.stock(shop.tea).await.0;
    let received = json!({"status": "received", "restock": [line(shop.tea, 1)]});
    let back = shop.decide(&order, &asked, received).await.expect(200).json();
    assert_eq!((&back["refunded"], shop.env.stock(shop.tea).await.0), (&json!(0), before + 1));
}

/// The processor has less left than orderdb knows: nobody refuses a return.
#[tokio::test]
async fn a_return_gets_what_the_processor_has_left() {
    let shop = Shop::open().await;
    for dies in [false, true] {
        let order = shop.buy_and_ship().await;
        let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 2)])).await.expect(201).json();
        shop.refund(&order, json!({"amount": 50})).await.expect(201);
        shop.sql("ORDERDB_URL", "delete from refunds where return_id is null").await;
        if dies {
            shop.receive_without(("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"), &order, &asked).await;
            shop.recover().await;
        } else {
            shop.decide(&order, &asked, json!({"status": "received"})).await.expect(200);
        }
        let back = shop.read(&order).await["returns"][0].clone();
        assert_eq!((&back["refunded"], shop.net_cents(&order).await), (&json!(5), 0), "{dies}");
    }
}

#[tokio::test]
async fn recovery_completes_a_return_whose_process_died() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201).json();
    let before = shop.env.stock(shop.tea).await.0;
    shop.receive_without_inventory(&order, &asked).await;
    assert_eq!((shop.env.stock(shop.tea).await.0, shop.told().await.len()), (before, 1));
    shop.recover().await;
    shop.recover().await;
    assert_eq!((shop.env.stock(shop.tea).await.0, shop.net_cents(&order).await), (before + 1, 4500));
    let read = shop.read(&order).await;
    assert_eq!((&read["returns"][0]["refunded"], shop.told().await.len()), (&json!(10), 2));
}

/// The version before would refund it and forget its pieces: it cannot end it.
#[tokio::test]
async fn the_version_before_cannot_end_a_returns_refund() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let asked = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201).json();
    shop.receive_without_inventory(&order, &asked).await;
    let mut db = shop.env.connection("ORDERDB_URL").await;
    for state in ["done", "refused"] {
        let update = "update refunds set state = $1, step_at = clock_timestamp() where state = 'intended'";
        let error = sqlx::query(update).bind(state).execute(&mut *db).await.unwrap_err();
        assert!(error.to_string().contains("refunds_of_return_end"), "{error}");
    }
}

#[tokio::test]
async fn admins_list_returns_by_status_newest_first() {
    let shop = Shop::open().await;
    let order = shop.buy_and_ship().await;
    let first = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201).json();
    let second = shop.ask(&shop.ada, &order, json!([line(shop.tea, 1)])).await.expect(201).json();
    shop.decide(&order, &first, json!({"status": "rejected"})).await.expect(200);
    let admin = shop.client.as_user(&shop.admin);
    let all = admin.get("/api/orders/returns?limit=1").await.expect(200);
    assert_eq!(all.json()[0]["id"], second["id"]);
    assert!(all.header("link").contains("cursor="), "{}", all.header("link"));
    let rejected = admin.get("/api/orders/returns?status=rejected").await.expect(200).json();
    assert_eq!((rejected.as_array().unwrap().len(), &rejected[0]["id"]), (1, &first["id"]));
    assert_eq!(rejected[0]["items"], first["items"]);
}
