//! From a purchase without an account to the account that takes it over, on a running shop.

use http::Method;
use serde_json::{Value, json};
use testkit::TestClient;
use tests::{Shop, eventually};

const PASSWORD: &str = "correct horse battery";

struct Person {
    id: i64,
    client: TestClient,
}

async fn guest(shop: &Shop, email: &str) -> Person {
    let begun = shop.client().post("/api/users/guest", json!({"email": email, "name": "Ada Guest"})).await;
    signed_in(shop, &begun.expect(201).json(), "guest")
}

async fn account(shop: &Shop, email: &str) -> Person {
    let account = json!({"name": "Ada Account", "email": email, "password": PASSWORD});
    signed_in(shop, &shop.client().post("/api/users/signup", account).await.expect(201).json(), "user")
}

fn signed_in(shop: &Shop, body: &Value, who: &str) -> Person {
    let client = shop.client().with_token(body["token"].as_str().unwrap());
    Person { id: body[who]["id"].as_i64().unwrap(), client }
}

async fn buy(person: &Person, product: i64, more: Value) -> Value {
    let mut body = json!({"items": [{"productId": product, "quantity": 1}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = person.client.post("/api/orders", body).await.json();
    if reply["order"].is_object() { reply["order"].clone() } else { reply }
}

async fn list(person: &Person) -> Vec<Value> {
    let listed = person.client.get("/api/orders").await.expect(200).json();
    listed.as_array().unwrap().iter().map(|order| order["id"].clone()).collect()
}

#[tokio::test]
async fn an_account_takes_over_what_its_address_has_bought_once_it_is_verified() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let email = shop.new_email();
    let code = format!("G{}", &email[..8]);
    let kettle = shop.add_product(&admin, "Heron kettle", 80.0, 9).await;
    admin
        .post("/api/orders/discounts", json!({"code": code, "percentage": 10, "maxUsesPerCustomer": 1}))
        .await
        .expect(201);

    let (first, second) = (guest(&shop, &email).await, guest(&shop, &email.to_uppercase()).await);
    let bought = buy(&first, kettle, json!({"discountCode": code})).await;
    let unpaid = buy(&second, kettle, json!({"payment": {"method": "tok_declined"}})).await;
    assert_eq!((&bought["status"], &unpaid["status"]), (&json!("confirmed"), &json!("payment_failed")));
    assert_eq!(bought["email"], email);
    let paid = first.client.get(&format!("/api/payments/order/{}", bought["id"])).await.expect(200).json();
    let payment = format!("/api/payments/{}", paid[0]["id"].as_str().unwrap());
    first.client.get(&payment).await.expect(200);

    let ada = account(&shop, &email).await;
    let review = json!({"productId": kettle, "rating": 5, "comment": "Boils."});
    assert_eq!(ada.client.post("/api/reviews", review).await.expect(201).json()["verifiedPurchase"], false);
    // An address that somebody typed is nobody's yet.
    assert_eq!(list(&ada).await, Vec::<Value>::new());
    ada.client.get(&payment).await.expect(404);
    ada.client.get(&format!("/api/orders/{}", bought["id"])).await.expect(404);

    let link = json!({"token": shop.verification_token(ada.id, &email)});
    shop.client().post("/api/users/verify", link).await.expect(200);
    assert_eq!(list(&ada).await, [unpaid["id"].clone(), bought["id"].clone()]);
    for gone in [&first, &second] {
        gone.client.get("/api/orders").await.expect(401);
    }
    let mine = ada.client.get(&format!("/api/orders/{}", bought["id"])).await.expect(200).json();
    assert_eq!((&mine["userId"], &mine["email"]), (&json!(ada.id), &json!(email)));
    // The payment was made by the guest, and belongs to the order.
    ada.client.get(&payment).await.expect(200);
    ada.client.get(&format!("/api/payments/order/{}", bought["id"])).await.expect(200);
    shop.customer().await.get(&payment).await.expect(404);
    let again = json!({"items": [{"productId": kettle, "quantity": 1}], "discountCode": code});
    let used = ada.client.post("/api/orders", again.clone()).await.expect(409);
    assert_eq!(used.error_code(), "discount_used_by_customer");
    ada.client.post("/api/payments", json!({"orderId": unpaid["id"]})).await.expect(201);
    let cancelled = ada.client.put(&format!("/api/orders/{}", bought["id"]), json!({"status": "cancelled"})).await;
    cancelled.expect(200);
    ada.client.post("/api/orders", again).await.expect(201);
    let reviewed = eventually("a review of a purchase", || async {
        shop.recover().await;
        let reviews = shop.client().get(&format!("/api/reviews/product/{kettle}")).await.expect(200).json();
        (reviews[0]["verifiedPurchase"] == true).then(|| reviews[0].clone())
    });
    reviewed.await;
    shop.assert_invariants().await;
}

#[tokio::test]
async fn a_guest_may_do_nothing_but_buy() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, guest(&shop, &shop.new_email()).await);
    let cup = shop.add_product(&admin, "Heron cup", 8.0, 9).await;
    let order = buy(&ada, cup, json!({})).await;
    for (method, path, body) in [
        (Method::POST, "/api/reviews".to_owned(), json!({"productId": cup, "rating": 5, "comment": "!"})),
        (Method::GET, format!("/api/notifications/user/{}", ada.id), Value::Null),
        (Method::GET, format!("/api/analytics/user/{}", ada.id), Value::Null),
        (Method::GET, format!("/api/users/{}", ada.id), Value::Null),
        (Method::POST, format!("/api/orders/{}/fulfilments", order["id"]), json!({})),
    ] {
        let body = (!body.is_null()).then(|| body.to_string());
        let refused = ada.client.send(method, &path, body).await.expect(403);
        assert_eq!(refused.error_code(), "forbidden", "{path}");
    }
    ada.client.get("/api/products").await.expect(200);
    ada.client.post("/api/analytics/event", json!({"eventType": "page.viewed"})).await.expect(201);
    ada.client.put(&format!("/api/orders/{}", order["id"]), json!({"status": "cancelled"})).await.expect(200);
    shop.assert_invariants().await;
}
