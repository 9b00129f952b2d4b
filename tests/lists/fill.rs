//! Fills every list with as many and as awkward rows as possible: quotes, which a JSON text doubles
//! and a JSON text within one doubles again, and letters of three bytes.

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Money, OrderId, PaymentId, Timestamp, UserId};
use serde_json::{Value, json};
use store_dynamo::{Dynamo, Payments};
use testkit::{TestClient, TestEnv, TestUser};

/// Where the methods of the list deliver.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ \
                         CA CD CF CG CH CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI";

/// A list of the document.
pub(crate) struct List {
    /// As the document has it.
    pub(crate) path: String,
    /// Whether it goes on from a cursor.
    pub(crate) is_paged: bool,
}

/// A list that has been filled.
pub(crate) struct FilledList {
    /// A client that may read it.
    pub(crate) reader: TestClient,
    /// Its path, with its filters, ready for more parameters.
    pub(crate) path: String,
    /// The number of rows in it.
    pub(crate) rows: usize,
    /// Whether 80 of them are too much for one answer.
    pub(crate) is_cut: bool,
}

/// A shop to fill.
pub(crate) struct TestShop {
    pub(crate) test_env: TestEnv,
    client: TestClient,
    admin: TestUser,
}

impl TestShop {
    pub(crate) async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let client = test_env.client(tests::shop_router(&test_env, &test_env.env()));
        let admin = test_env.admin().await;
        Self { test_env, client, admin }
    }

    /// Fills a list with `rows` rows of the largest kind.
    pub(crate) async fn fill(&self, list: &List, rows: usize) -> FilledList {
        // A new user, without any rows.
        let owner = self.test_env.customer().await;
        let (admin, customer, user) = (self.client.as_user(&self.admin), self.client.as_user(&owner), owner.id);
        let (reader, path, is_cut) = match list.path.as_str() {
            "/api/analytics/user/{userId}" | "/api/analytics/dashboard" => {
                for number in 0..rows {
                    let event = json!({"eventType": format!("e{number}"), "metadata": {"a": "\"".repeat(4000)}});
                    customer.post("/api/analytics/event", event).await.expect(201);
                }
                let path = if list.is_paged {
                    format!("/api/analytics/user/{user}?")
                } else {
                    "/api/analytics/dashboard?days=365&".to_owned()
                };
                (admin, path, list.is_paged)
            }
            "/api/inventory/{productId}/ledger" => {
                let product = self.test_env.product(100, 0).await;
                // The initial stock is an entry, too.
                for _ in 1..rows {
                    let move_by_one = json!({"delta": 1, "reason": "\"".repeat(200)});
                    admin.put(&format!("/api/inventory/{product}"), move_by_one).await.expect(200);
                }
                // A reason has 200 characters: a hundred entries are far from too much.
                (admin, format!("/api/inventory/{product}/ledger?"), false)
            }
            "/api/notifications/user/{userId}" => {
                for _ in 0..rows {
                    let message = json!({"userId": user, "type": "news", "message": "\"".repeat(5000)});
                    admin.post("/api/notifications", message).await.expect(201);
                }
                (customer, format!("/api/notifications/user/{user}?"), true)
            }
            "/api/orders" | "/api/orders/{id}" => {
                let items = self.order_lines().await;
                let mut order = Value::Null;
                for _ in 0..rows {
                    order = customer.post("/api/orders", json!({"items": items})).await.expect(201).json();
                }
                let path =
                    if list.is_paged { "/api/orders?".to_owned() } else { format!("/api/orders/{}?", order["id"]) };
                (customer, path, list.is_paged)
            }
            "/api/orders/returns" => {
                self.returns(&customer, rows).await;
                // A return has a reason of 500 letters: a hundred of them are far from too much.
                (admin, "/api/orders/returns?".to_owned(), false)
            }
            path @ ("/api/orders/tax-rates"
            | "/api/orders/shipping-methods"
            | "/api/orders/shipping-methods/{id}"
            | "/api/orders/discounts") => (admin.clone(), fill_pricing(path, &admin, user, rows).await, false),
            "/api/payments/order/{orderId}" | "/api/payments/{id}" => {
                let order = self.declined_order(&customer).await;
                // The declined payment is the first of them.
                let last = self.payments(user, order, rows - 1).await;
                let path = if list.is_paged {
                    format!("/api/payments/order/{order}?")
                } else {
                    format!("/api/payments/{}?", last.unwrap())
                };
                (customer, path, list.is_paged)
            }
            "/api/products" | "/api/products/categories" => {
                for number in 0..rows {
                    let category =
                        if list.is_paged { "Shelf".to_owned() } else { format!("{}{number:04}", "\"".repeat(96)) };
                    let product = json!({"name": format!("Tea {number}"), "price": 1, "category": category, "description": "\"".repeat(10_000)});
                    admin.post("/api/products", product).await.expect(201);
                }
                let narrowed = if list.is_paged { "category=Shelf&" } else { "" };
                (self.client.clone(), format!("{}?{narrowed}", list.path), list.is_paged)
            }
            "/api/reviews/product/{productId}" => {
                let product = self.test_env.product(100, 1).await;
                for _ in 0..rows {
                    let author = self.client.as_user(&self.test_env.customer().await);
                    let review = json!({"productId": product, "rating": 4, "comment": "\"".repeat(5000)});
                    author.post("/api/reviews", review).await.expect(201);
                }
                (self.client.clone(), format!("/api/reviews/product/{product}?"), true)
            }
            "/api/users/me/addresses" => {
                // A book has 20, of 600 letters at most.
                for number in 0..rows.min(20) {
                    let line = "茶".repeat(147);
                    let address = json!({"name": "茶".repeat(100), "line1": format!("{line}{number:03}"),
                        "line2": format!("{line}{number:03}"), "city": "茶".repeat(100), "postalCode": "1", "country": "KE",
                        "region": "茶".repeat(100)});
                    customer.post(&list.path, address).await.expect(201);
                }
                (customer, format!("{}?", list.path), false)
            }
            "/api/users" => {
                let mut ids = vec![user.to_string()];
                while ids.len() < rows {
                    ids.push(self.test_env.customer().await.id.to_string());
                }
                (admin, format!("/api/users?ids={}&", ids.join(",")), false)
            }
            other => panic!("{other} is a list, and tests/lists/fill.rs does not say how to fill it"),
        };
        FilledList { reader, path, rows, is_cut }
    }

    async fn order_lines(&self) -> Vec<Value> {
        let admin = self.client.as_user(&self.admin);
        let mut items = Vec::new();
        for number in 0..50 {
            let product = json!({"name": format!("{}{number:02}", "茶".repeat(253)), "price": 1, "stock": 1000});
            let id = admin.post("/api/products", product).await.expect(201).json()["id"].clone();
            items.push(json!({"productId": id, "quantity": 1}));
        }
        items
    }

    /// Writes this many returns of one order, of a piece each.
    async fn returns(&self, customer: &TestClient, count: usize) {
        let (product, admin) = (self.test_env.product(100, 1000).await, self.client.as_user(&self.admin));
        let line = |quantity| json!([{"productId": product, "quantity": quantity}]);
        let order = json!({"items": [line(100)[0].clone(), line(100)[0].clone()]});
        let order = customer.post("/api/orders", order).await.expect(201).json();
        let path = format!("/api/orders/{}", order["id"]);
        admin.put(&path, json!({"status": "shipped"})).await.expect(200);
        for _ in 0..count {
            let asked = json!({"items": line(1), "reason": "茶".repeat(500)});
            customer.post(&format!("{path}/returns"), asked).await.expect(201);
        }
    }

    async fn declined_order(&self, customer: &TestClient) -> OrderId {
        let product = self.test_env.product(100, 1).await;
        let order = json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": "tok_declined"}});
        let declined = customer.post("/api/orders", order).await.expect(402).json();
        serde_json::from_value(declined["order"]["id"].clone()).expect("an order's id")
    }

    /// Writes this many payments of an order, each with the maximum number of refunds.
    async fn payments(&self, user: UserId, order: OrderId, count: usize) -> Option<PaymentId> {
        let env = self.test_env.env();
        let table = store_dynamo::Config::payments_table(&env).unwrap();
        let payments = Payments::new(Dynamo::new(store_dynamo::Config::from_env(&env).unwrap()), table);
        let refunded_at = Timestamp::from_millis(1_769_860_800_000);
        let refund = |number| Refund::of_amount(format!("{number:036}"), Money::from_cents(1), refunded_at);
        let mut last = None;
        for _ in 0..count {
            let payment = Payment {
                id: PaymentId::for_order(order, self.test_env.clock.new_uuid()),
                order_id: order,
                user_id: user,
                amount: Money::from_cents(100),
                status: PaymentStatus::PartiallyRefunded,
                method: "tok_visa".to_owned(),
                transaction_id: Some("x".repeat(200)),
                decline_reason: None,
                refunds: (0..100).map(refund).collect(),
                created_at: Timestamp::from_millis(1_769_860_800_000),
            };
            payments.record_charge(&payment).await.expect("DynamoDB answers");
            last = Some(payment.id);
        }
        last
    }
}

/// Fills a list of what an admin sets for prices; the path that reads it.
async fn fill_pricing(list: &str, admin: &TestClient, user: UserId, rows: usize) -> String {
    let countries: Vec<&str> = COUNTRIES.split_whitespace().collect();
    let path = list.trim_end_matches("/{id}");
    let mut last = Value::Null;
    for number in 0..rows {
        let row = match path {
            "/api/orders/tax-rates" => {
                let region = format!("{}{number:03}", "\"".repeat(97));
                json!({"country": "US", "region": region, "category": "\"".repeat(100), "percentage": 1})
            }
            "/api/orders/shipping-methods" => {
                // The list and a single method are filled in the same shop.
                let name = format!("{}{user:06}-{number:02}", "\"".repeat(51));
                json!({"name": name, "price": 1, "countries": countries, "minDays": 1, "maxDays": 2})
            }
            "/api/orders/discounts" => {
                json!({"code": format!("{}-{number:03}", "C".repeat(28)), "amount": 99999999.99})
            }
            unknown => unreachable!("{unknown} is no list of prices"),
        };
        last = admin.post(path, row).await.expect(201).json();
    }
    match list {
        "/api/orders/shipping-methods" => "/api/orders/shipping-methods?all=true".to_owned(),
        "/api/orders/shipping-methods/{id}" => format!("{path}/{}", last["id"]),
        other => format!("{other}?"),
    }
}
