//! Use cases that cross groups, on a running shop.

use http::Method;
use serde_json::{Value, json};
use testkit::TestClient;
use tests::{Shop, eventually};

#[tokio::test]
async fn from_signing_up_to_a_dashboard_that_moved() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer().await);
    let before = dashboard(&admin).await;
    let teapot = shop.add_product(&admin, "Heron teapot", 64.5, 5).await;

    let found = shop.client().get("/api/products?q=heron").await.expect(200).json();
    assert_eq!(found[0]["id"], teapot);
    assert_eq!(found[0]["stock"], 5);

    let order = ada.post("/api/orders", json!({"items": [{"productId": teapot, "quantity": 2}], "total": 129})).await;
    let order = order.expect(201).json();
    assert_eq!((order["status"].as_str(), order["total"].as_f64()), (Some("confirmed"), Some(129.0)));
    let stock = shop.client().get(&format!("/api/inventory/{teapot}")).await.expect(200).json();
    assert_eq!((&stock["quantity"], &stock["reserved"], &stock["available"]), (&json!(3), &json!(0), &json!(3)));

    // Order → notification.
    let me = ada.get("/api/users/me").await.expect(200).json()["id"].clone();
    let notification = eventually("the order's notification", || async {
        let list = ada.get(&format!("/api/notifications/user/{me}")).await.expect(200).json();
        list.as_array().and_then(|items| {
            items.iter().find(|one| one["orderId"] == order["id"] && one["status"] == "sent").cloned()
        })
    });
    let notification = notification.await;
    ada.put(&format!("/api/notifications/{}/read", notification["id"].as_str().unwrap()), json!({})).await.expect(204);

    // Review → analytics and rating.
    let review = json!({"productId": teapot, "rating": 4, "comment": "Pours without a drip."});
    let review = ada.post("/api/reviews", review).await.expect(201).json();
    assert_eq!(review["verifiedPurchase"], true);
    eventually("the catalog's stock and rating", || async {
        let product = shop.client().get(&format!("/api/products/{teapot}")).await.expect(200).json();
        (product["stock"] == 3 && product["rating"] == json!({"average": 4.0, "count": 1})).then_some(product)
    })
    .await;
    let after = eventually("a dashboard that moved", || async {
        let after = dashboard(&admin).await;
        let moved = |figure: &str| after[figure].as_f64() > before[figure].as_f64();
        let sold = after["topProducts"].as_array()?.iter().any(|product| product["productId"] == teapot);
        let reviewed = after["reviews"]["count"].as_i64() > before["reviews"]["count"].as_i64();
        (moved("totalEvents") && moved("orders") && moved("revenue") && sold && reviewed).then_some(after)
    });
    assert!(after.await["revenue"].as_f64().unwrap() >= before["revenue"].as_f64().unwrap() + 129.0);

    ada.post("/api/users/logout", json!({})).await.expect(204);
    ada.get("/api/users/me").await.expect(401);
    shop.assert_invariants().await;
}

#[tokio::test]
async fn a_cancelled_order_is_restocked_and_refunded() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer().await);
    let lamp = shop.add_product(&admin, "Heron lamp", 20.0, 3).await;
    let order =
        ada.post("/api/orders", json!({"items": [{"productId": lamp, "quantity": 3}]})).await.expect(201).json();
    let short =
        ada.post("/api/orders", json!({"items": [{"productId": lamp, "quantity": 1}]})).await.expect(409).json();
    assert_eq!(short["items"], json!([{"productId": lamp, "requested": 1, "available": 0}]));

    let path = format!("/api/orders/{}", order["id"]);
    ada.put(&path, json!({"status": "cancelled"})).await.expect(200);
    let payments = ada.get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    assert!(["voided", "refunded"].contains(&payments[0]["status"].as_str().unwrap()), "{payments}");
    let stock = shop.client().get(&format!("/api/inventory/{lamp}")).await.expect(200).json();
    assert_eq!(stock["available"], 3);
    shop.assert_invariants().await;
}

#[tokio::test]
async fn a_declined_card_can_be_followed_by_a_good_one() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer().await);
    let bowl = shop.add_product(&admin, "Heron bowl", 48.0, 1).await;
    let wanted = json!({"items": [{"productId": bowl, "quantity": 1}], "payment": {"method": "tok_declined"}});
    let declined = ada.post("/api/orders", wanted).await.expect(402).json();
    assert_eq!(declined["code"], "payment_declined");
    let order = &declined["order"];
    assert_eq!(order["status"], "payment_failed");
    ada.post("/api/payments", json!({"orderId": order["id"], "method": "tok_visa"})).await.expect(201);
    let order = ada.get(&format!("/api/orders/{}", order["id"])).await.expect(200).json();
    assert_eq!(order["status"], "confirmed");
    shop.assert_invariants().await;
}

/// A storefront that was written without knowing this shop: another origin, no idempotency key, no
/// payment method, one line per unit, and totals added up in floating point.
#[tokio::test]
async fn an_unmodified_browser_client_from_another_origin_can_buy() {
    const ORIGIN: &str = "http://localhost:5173";
    let shop = Shop::open().await;
    let cup = shop.add_product(&shop.admin().await, "Browser cup", 79.99, 10).await;
    let browser = shop.client().with_header("origin", ORIGIN);

    let account = json!({"name": "Bea Browser", "email": format!("bea{cup}@test.example"), "password": "long enough"});
    preflight(&browser, "/api/users/signup", "POST", "content-type").await;
    let signed_up = browser.post("/api/users/signup", account.clone()).await.expect(201);
    assert_eq!(signed_up.header("access-control-allow-origin"), ORIGIN);
    assert!(signed_up.json()["token"].is_string());
    let login = json!({"email": account["email"], "password": account["password"]});
    let signed_in = browser.post("/api/users/login", login).await.expect(200).json();
    assert_eq!(signed_in["user"]["name"], "Bea Browser");
    let browser = browser.with_token(signed_in["token"].as_str().unwrap());
    assert_eq!(browser.get("/api/users/me").await.expect(200).json()["name"], "Bea Browser");

    let products = browser.get("/api/products").await.expect(200).json();
    let product = products.as_array().unwrap().iter().find(|product| product["id"] == cup).expect("a bare array");
    let (price, stock) = (product["price"].as_f64().unwrap(), product["stock"].as_i64().unwrap());
    assert_eq!((price, stock), (79.99, 10));

    preflight(&browser, "/api/orders", "POST", "authorization,content-type").await;
    let total = price + price + price;
    assert!((total - 239.97).abs() > f64::EPSILON, "the total has its noise: {total}");
    let line = json!({"productId": cup, "quantity": 1});
    let order = json!({"items": [line, line, line], "total": total});
    let order = browser.post("/api/orders", order).await.expect(201).json();
    assert_eq!(order["total"], 239.97);

    let orders = browser.get("/api/orders").await.expect(200).json();
    assert_eq!(orders[0]["id"], order["id"]);
    assert!(["id", "status", "total", "createdAt"].iter().all(|name| !orders[0][name].is_null()), "{orders}");

    let rejected =
        browser.post("/api/orders", json!({"items": [{"productId": cup, "quantity": 8}], "total": 639.92})).await;
    let rejected = rejected.expect(409);
    assert!(rejected.json()["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(rejected.header("access-control-allow-origin"), ORIGIN, "a browser may read failures too");

    let elsewhere = shop.client().with_header("origin", "https://elsewhere.example").get("/api/products").await;
    assert_eq!(elsewhere.header("access-control-allow-origin"), "");
}

async fn preflight(browser: &TestClient, path: &str, method: &str, headers: &str) {
    let asked = browser
        .with_header("access-control-request-method", method)
        .with_header("access-control-request-headers", headers);
    let response = asked.send(Method::OPTIONS, path, None).await;
    assert!(response.status.is_success(), "{}", response.status);
    assert_eq!(response.header("access-control-allow-origin"), "http://localhost:5173");
    assert!(response.header("access-control-allow-methods").contains(method));
    let allowed = response.header("access-control-allow-headers").to_lowercase();
    assert!(headers.split(',').all(|header| allowed.contains(header)), "{allowed}");
}

async fn dashboard(admin: &TestClient) -> Value {
    admin.get("/api/analytics/dashboard?days=1").await.expect(200).json()
}

/// Without a sender, mails are files that the local server shows.
#[tokio::test]
async fn developers_see_the_mail_of_an_order() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer().await);
    let mug = shop.add_product(&admin, "Heron <mug>", 12.5, 9).await;
    let address = json!({"name": "Ada", "line1": "Street 1", "city": "Berlin", "postalCode": "10115", "country": "DE"});
    let order = json!({"items": [{"productId": mug, "quantity": 2}], "shippingAddress": address});
    let id = ada.post("/api/orders", order).await.expect(201).json()["id"].clone();

    let client = shop.client();
    let subject = format!(">Your order {id} is confirmed</a>");
    let path = eventually("the order's mail", || async {
        let list = client.get("/dev/mail").await.expect(200);
        let (before, _) = list.text().split_once(&subject).map(|(before, rest)| (before.to_owned(), rest.len()))?;
        let name = before.rsplit_once("href=\"")?.1.split('"').next()?.to_owned();
        Some(json!(name))
    })
    .await;
    let mail = client.get(path.as_str().unwrap()).await.expect(200);
    let text = mail.text();
    for part in ["- 2 × Heron &lt;mug&gt;: €25.00\n", "Street 1\n10115 Berlin", "srcdoc=\"&lt;!doctype html&gt;"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let link = format!("See your order: {}/orders/{id}?key=", shop.url.replace("127.0.0.1", "localhost"));
    let key = text.split_once(&link).and_then(|(_, rest)| rest.lines().next());
    let key = key.unwrap_or_else(|| panic!("{link} in {text}"));
    let seen = client.get(&format!("/api/orders/{id}?key={key}")).await.expect(200).json();
    assert_eq!(seen["shippingAddress"]["city"], "Berlin", "whoever has the mail sees the order");
    assert!(mail.header("content-security-policy").starts_with("default-src 'none'"));
    client.get("/dev/mail/none").await.expect(404);
}
