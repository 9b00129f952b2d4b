//! Shipments of an order: in parts, with tracking, and never of more than was bought.

use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

struct Shop {
    env: TestEnv,
    client: TestClient,
    ada: TestUser,
    admin: TestUser,
    tea: ProductId,
    pot: ProductId,
}

impl Shop {
    async fn open() -> Self {
        let env = TestEnv::new().await;
        let app = App::from_env(&env.env_with(&[("DATABASE_CONNECTIONS", "8")]), &env.clock).unwrap();
        let client = env.client(orders::router(app, &env.http_stack()));
        let (ada, admin) = (env.customer().await, env.admin().await);
        let (tea, pot) = (env.product(1000, 50).await, env.product(2500, 50).await);
        Self { env, client, ada, admin, tea, pot }
    }

    fn admin(&self) -> TestClient {
        self.client.as_user(&self.admin)
    }

    /// Opens every connection, so that none of the requests that follow has a lead.
    async fn open_connections(&self, order: &str) {
        futures::future::join_all((0..16).map(|_| self.read(order))).await;
    }

    /// Three teas and a pot; the order's path.
    async fn buy(&self) -> String {
        let body = json!({"items": [line(self.tea, 3), line(self.pot, 1)]});
        let order = self.client.as_user(&self.ada).post("/api/orders", body).await.expect(201).json();
        format!("/api/orders/{}", order["id"])
    }

    async fn ship(&self, order: &str, body: Value) -> TestResponse {
        self.admin().post(&format!("{order}/fulfilments"), body).await
    }

    async fn read(&self, order: &str) -> Value {
        self.client.as_user(&self.ada).get(order).await.expect(200).json()
    }

    async fn deliver(&self, order: &str, fulfilment: &Value) -> TestResponse {
        let path = format!("{order}/fulfilments/{}", fulfilment["id"].as_str().unwrap());
        self.admin().put(&path, json!({"status": "delivered"})).await
    }

    /// The bodies of the events about shipments, oldest first.
    async fn told(&self) -> Vec<Value> {
        let mut db = self.env.connection("ORDERDB_URL").await;
        let select = "select body from outbox where body like '%\"fulfilment\"%' order by id";
        let bodies: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut *db).await.unwrap();
        bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap()["data"].clone()).collect()
    }

    async fn shipped_pieces(&self) -> i64 {
        self.env.query_scalar("ORDERDB_URL", "select coalesce(sum(quantity), 0) from fulfilment_items").await
    }
}

fn line(product: ProductId, quantity: i32) -> Value {
    json!({"productId": product, "quantity": quantity})
}

fn statuses(order: &Value) -> Vec<&str> {
    order["timeline"].as_array().unwrap().iter().map(|entry| entry["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_order_is_shipped_in_parts_and_delivered_with_the_last_of_them() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    assert_eq!(shop.read(&order).await["fulfilments"], json!([]));
    let url = "https://track.example/1?n=0034";
    let body = json!({"items": [line(shop.tea, 1), line(shop.tea, 1)], "carrier": " DHL ", "trackingNumber": "0034", "trackingUrl": url});
    let first = shop.ship(&order, body).await.expect(201);
    assert_eq!(first.header("location"), order);
    let first = first.json();
    assert_eq!(first["items"], json!([line(shop.tea, 2)]));
    assert_eq!([&first["carrier"], &first["trackingNumber"], &first["trackingUrl"]], ["DHL", "0034", url]);
    assert_eq!(first["status"], "shipped");
    assert_eq!(shop.read(&order).await["status"], "partially_shipped");

    // A part of it arrives; the order waits for the rest.
    let arrived = shop.deliver(&order, &first).await.expect(200).json();
    assert_eq!((&arrived["status"], arrived["deliveredAt"].is_string()), (&json!("delivered"), true));
    let again = shop.deliver(&order, &first).await.expect(200).json();
    assert_eq!(again, arrived);
    assert_eq!(shop.read(&order).await["status"], "partially_shipped");

    let second = shop.ship(&order, json!({})).await.expect(201).json();
    assert_eq!(second["items"], json!([line(shop.tea, 1), line(shop.pot, 1)]));
    assert_eq!(shop.read(&order).await["status"], "shipped");
    shop.deliver(&order, &second).await.expect(200);
    let order = shop.read(&order).await;
    assert_eq!(order["status"], "delivered");
    let expected = ["pending", "confirmed", "partially_shipped", "partially_shipped", "shipped", "delivered"];
    assert_eq!(statuses(&order), expected);
    assert_eq!(order["timeline"][2]["detail"], "DHL 0034");
    assert_eq!(order["timeline"][3]["detail"], "A shipment was delivered: DHL 0034");
    assert_eq!(
        order["fulfilments"].as_array().unwrap().iter().map(|f| &f["id"]).collect::<Vec<_>>(),
        [&first["id"], &second["id"]]
    );
    assert_eq!(order["fulfilments"][0], arrived);

    let told: Vec<Value> = shop.told().await;
    let pieces = |event: &Value| -> i64 {
        event["fulfilment"]["items"].as_array().unwrap().iter().map(|line| line["quantity"].as_i64().unwrap()).sum()
    };
    assert_eq!(told.iter().map(pieces).collect::<Vec<_>>(), [2, 2, 2, 2]);
    assert_eq!(told[0]["fulfilment"]["trackingUrl"], url);
    let exact: Vec<&Value> = told.iter().map(|event| event.get("exactStatus").unwrap_or(&event["status"])).collect();
    assert_eq!(exact, ["partially_shipped", "partially_shipped", "shipped", "delivered"]);
}

#[tokio::test]
async fn a_status_ships_and_delivers_what_is_left() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    shop.ship(&order, json!({"items": [line(shop.pot, 1)]})).await.expect(201);
    shop.admin().put(&order, json!({"status": "delivered"})).await.expect(409);
    let shipped = shop.admin().put(&order, json!({"status": "shipped"})).await.expect(200).json();
    assert_eq!(shipped["fulfilments"][1]["items"], json!([line(shop.tea, 3)]));
    assert_eq!(shop.told().await[1]["fulfilment"]["items"][0]["quantity"], 3);
    let delivered = shop.admin().put(&order, json!({"status": "delivered"})).await.expect(200).json();
    for fulfilment in delivered["fulfilments"].as_array().unwrap() {
        assert_eq!((&fulfilment["status"], &fulfilment["deliveredAt"]), (&json!("delivered"), &delivered["updatedAt"]));
    }
    // Nothing was shipped before: one fulfilment with everything.
    let whole = shop.buy().await;
    let shipped = shop.admin().put(&whole, json!({"status": "shipped"})).await.expect(200).json();
    assert_eq!(shipped["fulfilments"][0]["items"], json!([line(shop.tea, 3), line(shop.pot, 1)]));
}

#[tokio::test]
async fn what_may_not_be_shipped_is_refused_and_has_no_effect() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    let other = shop.env.product(1000, 5).await;
    let excess =
        shop.ship(&order, json!({"items": [line(shop.tea, 4), line(other, 1), line(shop.pot, 1)]})).await.expect(409);
    assert_eq!(excess.error_code(), "too_many_pieces");
    let named =
        json!([{"productId": shop.tea, "requested": 4, "left": 3}, {"productId": other, "requested": 1, "left": 0}]);
    assert_eq!(excess.json()["items"], named);
    for (field, bad) in [
        ("items", json!({"items": []})),
        ("items[0].quantity", json!({"items": [line(shop.tea, 0)]})),
        ("carrier", json!({"carrier": "D\nHL"})),
        ("carrier", json!({"carrier": "x".repeat(61)})),
        ("trackingNumber", json!({"trackingNumber": ""})),
        ("trackingUrl", json!({"trackingUrl": "http://track.example/1"})),
        ("trackingUrl", json!({"trackingUrl": "javascript:alert(1)"})),
        ("status", json!({"status": "delivered"})),
    ] {
        let reply = shop.ship(&order, bad.clone()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{bad}");
    }
    shop.admin().post("/api/orders/2147483647/fulfilments", json!({})).await.expect(404);
    let unknown = format!("{order}/fulfilments/0197a1b2-0000-7000-8000-000000000001");
    shop.admin().put(&unknown, json!({"status": "delivered"})).await.expect(404);
    let bad = shop.admin().put(&format!("{order}/fulfilments/7"), json!({"status": "delivered"})).await.expect(400);
    assert_eq!(bad.json()["errors"][0]["field"], "fulfilmentId");
    shop.admin().put(&unknown, json!({"status": "shipped"})).await.expect(400);
    shop.client.as_user(&shop.ada).post(&format!("{order}/fulfilments"), json!({})).await.expect(403);
    assert_eq!((shop.shipped_pieces().await, &shop.read(&order).await["status"]), (0, &json!("confirmed")));

    // Once a piece has left, the order can be returned, not cancelled.
    shop.ship(&order, json!({"items": [line(shop.tea, 1)]})).await.expect(201);
    let cancelled = shop.client.as_user(&shop.ada).put(&order, json!({"status": "cancelled"})).await.expect(409);
    assert_eq!(cancelled.error_code(), "illegal_transition");
    shop.ship(&order, json!({})).await.expect(201);
    let nothing_left = shop.ship(&order, json!({})).await.expect(409);
    assert_eq!(nothing_left.error_code(), "illegal_transition");
    let cancelled = shop.buy().await;
    shop.admin().put(&cancelled, json!({"status": "cancelled"})).await.expect(200);
    shop.ship(&cancelled, json!({})).await.expect(409);
    assert_eq!(shop.shipped_pieces().await, 4);
}

#[tokio::test]
async fn a_refunded_order_is_not_shipped() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    let payments = payments::App::from_env(&shop.env.env(), &shop.env.clock).unwrap();
    let payments = shop.env.client(payments::router(payments, &shop.env.http_stack())).as_user(&shop.admin);
    let id = order.rsplit('/').next().unwrap();
    let paid = payments.get(&format!("/api/payments/order/{id}")).await.expect(200).json();
    let refund = format!("/api/payments/{}/refund", paid[0]["id"].as_str().unwrap());
    payments.post(&refund, json!({"amount": 1})).await.expect(201);
    shop.ship(&order, json!({"items": [line(shop.tea, 1)]})).await.expect(201);
    payments.post(&refund, json!({"all": true})).await.expect(201);
    let refused = shop.ship(&order, json!({})).await.expect(409);
    assert_eq!(refused.error_code(), "illegal_transition");
    assert_eq!(shop.shipped_pieces().await, 1);
}

#[tokio::test]
async fn twenty_concurrent_shipments_of_the_last_pieces_are_one() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    shop.ship(&order, json!({"items": [line(shop.tea, 2)]})).await.expect(201);
    shop.open_connections(&order).await;
    let last = json!({"items": [line(shop.tea, 1), line(shop.pot, 1)]});
    let all = futures::future::join_all((0..20).map(|_| shop.ship(&order, last.clone()))).await;
    let mut statuses: Vec<u16> = all.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 19][..]));
    let order = shop.read(&order).await;
    assert_eq!((shop.shipped_pieces().await, &order["status"]), (4, &json!("shipped")));
    assert_eq!(order["fulfilments"].as_array().unwrap().len(), 2);
    assert_eq!(shop.told().await.len(), 2);
}

#[tokio::test]
async fn single_pieces_shipped_at_once_are_all_shipped_and_the_last_one_completes_the_order() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    shop.open_connections(&order).await;
    let one_by_one =
        (0..6).map(|n| shop.ship(&order, json!({"items": [line(if n < 5 { shop.tea } else { shop.pot }, 1)]})));
    let all = futures::future::join_all(one_by_one).await;
    assert_eq!(all.iter().filter(|reply| reply.status == 201).count(), 4);
    let shipped = shop.read(&order).await;
    assert_eq!(shipped["status"], "shipped");
    // Each change is later than the one before, however fast they come.
    let mut times: Vec<&str> =
        shipped["fulfilments"].as_array().unwrap().iter().map(|f| f["createdAt"].as_str().unwrap()).collect();
    let sorted = times.clone();
    times.dedup();
    assert_eq!((times.len(), times.is_sorted()), (4, true), "{sorted:?}");
    let arrivals = shipped["fulfilments"].as_array().unwrap().iter().map(|fulfilment| shop.deliver(&order, fulfilment));
    for reply in futures::future::join_all(arrivals).await {
        reply.expect(200);
    }
    assert_eq!(shop.read(&order).await["status"], "delivered");
}

#[tokio::test]
async fn a_shipment_and_a_cancellation_at_once_are_one_of_the_two() {
    let shop = Shop::open().await;
    for _ in 0..10 {
        let order = shop.buy().await;
        let admin = shop.admin();
        let (shipped, cancelled, whole) = tokio::join!(
            shop.ship(&order, json!({"items": [line(shop.tea, 1)]})),
            admin.put(&order, json!({"status": "cancelled"})),
            admin.put(&order, json!({"status": "shipped"})),
        );
        let now = shop.read(&order).await;
        let pieces: i64 = now["fulfilments"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|f| f["items"].as_array().unwrap())
            .map(|line| line["quantity"].as_i64().unwrap())
            .sum();
        let expected = match now["status"].as_str().unwrap() {
            "cancelled" => (0, 200),
            "partially_shipped" => (1, 409),
            "shipped" => (4, 409),
            status => panic!("{status}: {} {} {}", shipped.status, cancelled.status, whole.status),
        };
        assert_eq!((pieces, cancelled.status.as_u16()), expected);
    }
}

#[tokio::test]
async fn a_repeated_key_ships_once() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    let path = format!("{order}/fulfilments");
    let body = json!({"items": [line(shop.tea, 1)], "carrier": "DHL"});
    let keyed = shop.admin().with_header("idempotency-key", "first");
    let all = futures::future::join_all((0..10).map(|_| keyed.post(&path, body.clone()))).await;
    let made: Vec<&TestResponse> = all.iter().filter(|reply| reply.status == 201).collect();
    assert!(made.iter().all(|reply| reply.bytes == made[0].bytes));
    let again = keyed.post(&path, body).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &made[0].bytes));
    let other = keyed.post(&path, json!({})).await.expect(422);
    assert_eq!(other.error_code(), "idempotency_mismatch");
    assert_eq!(shop.shipped_pieces().await, 1);
    // A rejected request leaves its key free.
    let keyed = shop.admin().with_header("idempotency-key", "second");
    keyed.post(&path, json!({"items": [line(shop.tea, 3)]})).await.expect(409);
    keyed.post(&path, json!({"items": [line(shop.tea, 2)]})).await.expect(201);
    assert_eq!(shop.shipped_pieces().await, 3);
}

/// The version before knows no fulfilments: while a deploy rolls, it changes only the status.
#[tokio::test]
async fn the_version_before_ships_and_delivers_with_a_fulfilment_too() {
    let shop = Shop::open().await;
    let order = shop.buy().await;
    shop.ship(&order, json!({"items": [line(shop.tea, 1)]})).await.expect(201);
    let mut db = shop.env.connection("ORDERDB_URL").await;
    for (status, arrived) in [("shipped", 0), ("delivered", 2)] {
        let update = "update orders set status = $1, updated_at = clock_timestamp()";
        sqlx::query(update).bind(status).execute(&mut *db).await.unwrap();
        let order = shop.read(&order).await;
        let all = order["fulfilments"].as_array().unwrap();
        assert_eq!(all[1]["items"], json!([line(shop.tea, 2), line(shop.pot, 1)]));
        assert_eq!(all.iter().filter(|fulfilment| fulfilment["status"] == "delivered").count(), arrived);
    }
    let more = "insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
        select f.order_id, i.product_id, f.id, 1 from fulfilments f join order_items i using (order_id)
        where not exists (select 1 from fulfilment_items p where p.fulfilment_id = f.id and p.product_id = i.product_id)";
    let refused = sqlx::query(more).execute(&mut *db).await.unwrap_err().to_string();
    assert!(refused.contains("order_items_shipped_at_most_bought"), "{refused}");
}
