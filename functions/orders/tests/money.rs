//! What an order costs besides its goods: tax, shipping and a discount, by the latest rules only.

use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

struct Shop {
    test_env: TestEnv,
    client: TestClient,
    ada: TestUser,
    tea: ProductId,
}

async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let client = test_env.client(orders::router(app, &test_env.http_stack()));
    let (ada, tea) = (test_env.customer().await, test_env.product(1000, 9).await);
    Shop { test_env, client, ada, tea }
}

impl Shop {
    async fn execute(&self, sql: &'static str) {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        sqlx::raw_sql(sql).execute(&mut *db).await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.test_env.query_scalar("ORDERDB_URL", sql).await
    }

    /// Two units of tea for 20.00, and these fields.
    fn order(&self, fields: Value) -> Value {
        let mut body = json!({"items": [{"productId": self.tea, "quantity": 2}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    }

    async fn place(&self, fields: Value) -> testkit::TestResponse {
        self.client.as_user(&self.ada).post("/api/orders", self.order(fields)).await
    }

    /// As many units as there are at most, and no order, key or use of a discount.
    async fn assert_nothing_happened(&self) {
        for rows in [
            "select count(*) from orders",
            "select count(*) from idempotency_keys",
            "select coalesce(sum(uses), 0) from discounts",
        ] {
            assert_eq!(self.count(rows).await, 0, "{rows}");
        }
        assert_eq!(self.test_env.stock(self.tea).await, (9, 0));
    }
}

fn address(country: &str, postal_code: &str) -> Value {
    json!({"name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": postal_code, "country": country})
}

const TAX: &str = "insert into tax_rates (country, basis_points) values ('DE', 1900), ('FR', 2000)";
const EXPRESS: &str = "insert into shipping_methods (name, price, countries, min_days, max_days)
    values ('Express', 9.5, '{DE}', 1, 1)";

#[tokio::test]
async fn a_client_of_goods_only_pays_their_prices_which_include_tax() {
    let shop = open().await;
    shop.execute(TAX).await;
    let order = shop.place(json!({"total": 20})).await.expect(201).json();
    for (field, value) in [
        ("currency", json!("EUR")),
        ("subtotal", json!(20)),
        ("discount", json!(0)),
        ("shipping", json!(0)),
        ("shippingTax", json!(0)),
        ("tax", json!(3.19)),
        ("taxIncluded", json!(true)),
        ("total", json!(20)),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    for absent in ["shippingAddress", "email", "shippingMethod", "discountCode"] {
        assert_eq!(order.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn an_order_keeps_copies_of_all_that_it_was_priced_by() {
    let shop = open().await;
    shop.execute(TAX).await;
    shop.execute(EXPRESS).await;
    shop.execute("insert into discounts (code, kind, value) values ('TEN', 'percentage', 1000)").await;
    shop.execute("update shop_settings set currency = 'CHF', prices_include_tax = false").await;
    let method = shop.count("select id::bigint from shipping_methods where name = 'Express'").await;
    let fields = json!({
        "shippingAddress": address("de", "10115"), "shippingMethodId": method, "discountCode": "ten",
        "email": "Ada@Example.org", "total": 32.73,
    });
    let order = shop.place(fields).await.expect(201).json();
    // 18.00 and 9.50, and 19 % of each.
    let line = json!({"productId": shop.tea, "name": "Product 1000", "quantity": 2, "price": 10, "discount": 2,
        "tax": 3.42, "taxRate": 19, "total": 21.42});
    assert_eq!(order["items"], json!([line]));
    assert_eq!((&order["subtotal"], &order["discount"], &order["shipping"]), (&json!(20), &json!(2), &json!(9.5)));
    assert_eq!((&order["tax"], &order["shippingTax"], &order["total"]), (&json!(5.23), &json!(1.81), &json!(32.73)));
    assert_eq!((&order["currency"], &order["taxIncluded"]), (&json!("CHF"), &json!(false)));
    assert_eq!(order["shippingAddress"], address("DE", "10115"));
    assert_eq!((&order["email"], &order["discountCode"]), (&json!("ada@example.org"), &json!("TEN")));
    assert_eq!(order["shippingMethod"], "Express");

    // Whatever the shop changes later.
    shop.execute("update shipping_methods set name = 'Fast', price = 1 where name = 'Express'; delete from tax_rates")
        .await;
    let client = shop.client.as_user(&shop.ada);
    let mut read = client.get(&format!("/api/orders/{}", order["id"])).await.expect(200).json();
    for more in ["timeline", "fulfilments", "returns", "returnable"] {
        assert!(read.as_object_mut().unwrap().remove(more).is_some(), "{more}");
    }
    assert_eq!(read, order);
    let listed = client.get("/api/orders").await.expect(200).json();
    assert_eq!(listed[0], order);
    let payments = payments::App::from_env(&shop.test_env.env(), &shop.test_env.clock).unwrap();
    let payments = shop.test_env.client(payments::router(payments, &shop.test_env.http_stack())).as_user(&shop.ada);
    let paid = payments.get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    assert_eq!(paid[0]["amount"], json!(32.73));
    let event = "select count(*) from outbox where body like '%\"currency\":\"CHF\"%'";
    assert_eq!(shop.count(event).await, 1);
}

#[tokio::test]
async fn the_cheapest_method_to_the_address_is_chosen() {
    let shop = open().await;
    shop.execute("update shipping_methods set price = 4.9, free_above = 20, countries = '{DE}'").await;
    shop.execute(EXPRESS).await;
    let order = shop.place(json!({"shippingAddress": address("DE", "10115")})).await.expect(201).json();
    assert_eq!((&order["shippingMethod"], &order["total"]), (&json!("Standard"), &json!(20)));
    shop.execute("insert into discounts (code, kind, value) values ('CENT', 'amount', 1)").await;
    let fields = json!({"shippingAddress": address("DE", "10115"), "discountCode": "cent"});
    let order = shop.place(fields).await.expect(201).json();
    assert_eq!((&order["shipping"], &order["total"]), (&json!(4.9), &json!(24.89)));
}

#[tokio::test]
async fn an_order_is_priced_by_the_latest_rules_whatever_its_instance_keeps() {
    let shop = open().await;
    shop.place(json!({"total": 20})).await.expect(201);
    // This instance keeps the rules of before.
    shop.execute("update shop_settings set prices_include_tax = false").await;
    shop.execute(TAX).await;
    let changed = shop.place(json!({"total": 20})).await.expect(409);
    assert_eq!((changed.error_code().as_str(), &changed.json()["total"]), ("price_changed", &json!(23.8)));
    let quote = &changed.json()["quote"];
    assert_eq!(
        (&quote["tax"], &quote["currency"], &quote["items"][0]["total"]),
        (&json!(3.8), &json!("EUR"), &json!(23.8))
    );
    shop.execute("update tax_rates set basis_points = 1000 where country = 'DE'").await;
    // A client that saw the newest rules elsewhere is right, and one that names no total pays by them.
    let order = shop.place(json!({"total": 22})).await.expect(201).json();
    assert_eq!(order["tax"], json!(2));
    shop.execute("update tax_rates set basis_points = 500 where country = 'DE'").await;
    let order = shop.place(json!({})).await.expect(201).json();
    assert_eq!((&order["tax"], &order["total"]), (&json!(1), &json!(21)));
    let orders = "select count(*) from orders where total = subtotal + tax";
    assert_eq!(shop.count(orders).await, 3);
}

#[tokio::test]
async fn what_cannot_be_shipped_is_named_and_does_nothing() {
    let shop = open().await;
    shop.execute("update shipping_methods set countries = '{DE,AT}'").await;
    let cases = [
        (json!({"shippingMethodId": 99}), "unknown_shipping_method", "shippingMethodId"),
        (json!({"shippingAddress": address("FR", "75001")}), "shipping_unavailable", "shippingAddress.country"),
        (
            json!({"shippingAddress": address("FR", "75001"), "shippingMethodId": 1}),
            "shipping_unavailable",
            "shippingMethodId",
        ),
    ];
    for (fields, code, field) in cases {
        let reply = shop.place(fields).await.expect(409);
        assert_eq!((reply.error_code().as_str(), &reply.json()["errors"][0]["field"]), (code, &json!(field)));
    }
    shop.execute("update shop_settings set address_required = true").await;
    let reply = shop.place(json!({})).await.expect(400);
    assert_eq!(reply.json()["errors"][0]["field"], "shippingAddress");
    shop.assert_nothing_happened().await;
}

#[tokio::test]
async fn all_invalid_fields_are_named_at_once() {
    let shop = open().await;
    let wrong = json!({
        "shippingAddress": {"name": "Ada", "line1": "", "city": "Town", "postalCode": "10115", "country": "XX"},
        "shippingMethodId": 0, "discountCode": "%", "email": "ada",
    });
    let reply = shop.place(wrong).await.expect(400).json();
    let mut fields: Vec<&str> =
        reply["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    let expected = ["discountCode", "email", "shippingAddress.country", "shippingAddress.line1", "shippingMethodId"];
    assert_eq!(fields, expected, "{reply}");
    let reply = shop.place(json!({"shippingAddress": address("DE", "1")})).await.expect(400).json();
    assert!(reply["errors"][0]["field"].as_str().unwrap().starts_with("shippingAddress"), "{reply}");
    shop.assert_nothing_happened().await;
}

/// While a deploy rolls, and for a day after it.
#[tokio::test]
async fn orders_and_outcomes_of_the_version_before_are_read() {
    let shop = open().await;
    let client = shop.client.as_user(&shop.ada).with_header("idempotency-key", "once");
    let order = client.post("/api/orders", shop.order(json!({}))).await.expect(201).json();
    let outcome = "update idempotency_keys set outcome = (
        select jsonb_build_object('Confirmed', (o.outcome::jsonb -> 'Confirmed')
            - '{currency,subtotal,discount,shipping,shippingTax,tax,taxIncluded}'::text[]
            || jsonb_build_object('items', jsonb_build_array(
                (o.outcome::jsonb #> '{Confirmed,items,0}') - '{discount,tax,taxRate,total}'::text[])))
        from idempotency_keys o)::text";
    shop.execute(outcome).await;
    assert_eq!(client.post("/api/orders", shop.order(json!({}))).await.expect(201).json(), order);

    shop.execute(
        "insert into orders (id, user_id, total, status, created_at, updated_at, payment_id, payment_method)
         select 9000, user_id, 12.5, 'confirmed', created_at, updated_at, gen_random_uuid(), 'tok_visa' from orders;
         insert into order_items (order_id, product_id, name, quantity, price) values (9000, 1, 'Tea', 5, 2.5)",
    )
    .await;
    let read = shop.client.as_user(&shop.ada).get("/api/orders/9000").await.expect(200).json();
    assert_eq!((&read["subtotal"], &read["total"], &read["tax"]), (&json!(12.5), &json!(12.5), &json!(0)));
    assert_eq!((&read["items"][0]["total"], &read["currency"]), (&json!(12.5), &json!("EUR")));
}
