//! What an admin sets for prices: what is accepted, what conflicts, and who sees it when.

use orders::App;
use runtime::Clock;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse};

struct Shop {
    test_env: TestEnv,
    clock: Clock,
    /// Signed in.
    admin: TestClient,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let clock = Clock::stopped(test_env.clock.now());
        let anonymous = instance(&test_env, &clock);
        let admin = anonymous.as_user(&test_env.admin().await);
        Self { test_env, clock, admin }
    }

    /// Another instance of the function.
    fn other_instance(&self) -> TestClient {
        instance(&self.test_env, &self.clock)
    }

    async fn execute(&self, statement: &'static str) {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        sqlx::query(statement).execute(&mut *db).await.expect("a statement");
    }
}

fn instance(test_env: &TestEnv, clock: &Clock) -> TestClient {
    let app = App::from_env(&test_env.env(), clock).unwrap();
    test_env.client(orders::router(app, &test_env.http_stack()))
}

fn fields(reply: &TestResponse) -> Vec<String> {
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

fn settings() -> Value {
    json!({"currency": "EUR", "homeCountry": "DE", "pricesIncludeTax": true, "addressRequired": false, "returnDays": 14})
}

fn express() -> Value {
    json!({"name": "Express", "price": 9.9, "countries": ["de", "AT", "DE"], "minDays": 1, "maxDays": 2})
}

#[tokio::test]
async fn an_empty_shop_has_defaults_that_an_admin_replaces() {
    let shop = Shop::open().await;
    let read = shop.admin.get("/api/orders/settings").await.expect(200).json();
    let mut defaults = settings();
    defaults["name"] = Value::Null;
    defaults["address"] = Value::Null;
    assert_eq!(read, defaults);
    let address = json!({"line1": "Weg 1", "city": "Wien", "postalCode": "1010", "country": "AT"});
    let wanted = json!({"currency": "chf", "homeCountry": "at", "pricesIncludeTax": false, "addressRequired": true,
                        "returnDays": 30, "name": " Tee ", "address": address});
    let written = shop.admin.put("/api/orders/settings", wanted).await.expect(200).json();
    assert_eq!(
        (&written["currency"], &written["homeCountry"], &written["name"]),
        (&json!("CHF"), &json!("AT"), &json!("Tee"))
    );
    assert_eq!(written["address"], address);
    assert_eq!(shop.admin.get("/api/orders/settings").await.expect(200).json(), written);
}

#[tokio::test]
async fn everyone_sees_the_currency_but_not_the_other_settings() {
    let shop = Shop::open().await;
    let anonymous = shop.other_instance();
    let read = async || anonymous.get("/api/orders/shop").await.expect(200).json();
    assert_eq!(read().await, json!({"name": null, "currency": "EUR", "pricesIncludeTax": true}));
    let mut wanted = settings();
    wanted["currency"] = json!("USD");
    wanted["name"] = json!("Tea and Cups");
    shop.admin.put("/api/orders/settings", wanted).await.expect(200);
    shop.clock.advance(30);
    assert_eq!(read().await, json!({"name": "Tea and Cups", "currency": "USD", "pricesIncludeTax": true}));
    anonymous.get("/api/orders/settings").await.expect(401);
}

#[tokio::test]
async fn of_two_admins_with_the_same_etag_one_is_told_to_read_again() {
    let shop = Shop::open().await;
    let rate = shop.admin.post("/api/orders/tax-rates", json!({"country": "DE", "percentage": 19})).await.expect(201);
    let method = shop.admin.post("/api/orders/shipping-methods", express()).await.expect(201);
    let discount = shop.admin.post("/api/orders/discounts", json!({"code": "tea", "amount": 5})).await.expect(201);
    for (path, change) in [
        ("/api/orders/settings", {
            let mut change = settings();
            change["returnDays"] = json!(20);
            change
        }),
        (rate.header("location"), json!({"country": "DE", "percentage": 16})),
        (method.header("location"), json!({"name": "Express", "price": 8, "minDays": 1, "maxDays": 2})),
        (discount.header("location"), json!({"code": "tea", "percentage": 5})),
    ] {
        let read = shop.admin.get(path).await.expect(200).header("etag").to_owned();
        let with_tag = shop.admin.with_header("if-match", &read);
        let (one, two) = tokio::join!(with_tag.put(path, change.clone()), with_tag.put(path, change.clone()));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{path}");
        if path != "/api/orders/settings" {
            with_tag.delete(path).await.expect(412);
            shop.admin.get(path).await.expect(200);
            let now = shop.admin.get(path).await.expect(200).header("etag").to_owned();
            shop.admin.with_header("if-match", &now).delete(path).await.expect(204);
            shop.admin.delete(path).await.expect(404);
            shop.admin.put(path, change).await.expect(404);
        }
    }
}

#[tokio::test]
async fn a_change_is_seen_at_once_here_and_within_half_a_minute_elsewhere() {
    let shop = Shop::open().await;
    let other = shop.other_instance();
    let tea = shop.test_env.product(1190, 5).await;
    let basket = json!({"items": [{"productId": tea, "quantity": 1}]});
    let tax = async |client: &TestClient| {
        client.post("/api/orders/quote", basket.clone()).await.expect(200).json()["tax"].clone()
    };
    assert_eq!((tax(&shop.admin).await, tax(&other).await), (json!(0), json!(0)));
    shop.admin.post("/api/orders/tax-rates", json!({"country": "DE", "percentage": 19})).await.expect(201);
    assert_eq!((tax(&shop.admin).await, tax(&other).await), (json!(1.9), json!(0)));
    let names = async |client: &TestClient, query: &str| -> Vec<String> {
        let list = client.get(&format!("/api/orders/shipping-methods{query}")).await.expect(200).json();
        list.as_array().unwrap().iter().map(|method| method["name"].as_str().unwrap().to_owned()).collect()
    };
    shop.admin.post("/api/orders/shipping-methods", express()).await.expect(201);
    assert_eq!(names(&shop.admin, "").await, ["Standard", "Express"]);
    assert_eq!(names(&other, "").await, ["Standard"]);
    shop.clock.advance(29);
    assert_eq!(tax(&other).await, json!(0));
    shop.clock.advance(1);
    assert_eq!(tax(&other).await, json!(1.9));
    assert_eq!(names(&other, "").await, ["Standard", "Express"]);
}

#[tokio::test]
async fn methods_are_listed_by_country_and_all_of_them_for_admins() {
    let shop = Shop::open().await;
    let customer = shop.other_instance().as_user(&shop.test_env.customer().await);
    let added = shop.admin.post("/api/orders/shipping-methods", express()).await.expect(201);
    assert_eq!(added.json()["countries"], json!(["AT", "DE"]));
    let mut off = express();
    off["name"] = json!("Drone");
    off["active"] = json!(false);
    shop.admin.post("/api/orders/shipping-methods", off).await.expect(201);
    let count = async |client: &TestClient, query: &str| {
        client.get(&format!("/api/orders/shipping-methods{query}")).await.expect(200).json().as_array().unwrap().len()
    };
    let anonymous = shop.other_instance();
    assert_eq!(count(&anonymous, "?country=at").await, 2);
    assert_eq!(count(&anonymous, "?country=FR").await, 1);
    assert_eq!(count(&anonymous, "").await, 2);
    assert_eq!(count(&shop.admin, "?all=true").await, 3);
    for (client, query, status) in [
        (&anonymous, "?all=true", 403),
        (&customer, "?all=true", 403),
        (&shop.admin, "?all=true&country=DE", 400),
        (&anonymous, "?country=XX", 400),
    ] {
        client.get(&format!("/api/orders/shipping-methods{query}")).await.expect(status);
    }
}

#[tokio::test]
async fn what_is_there_already_is_a_conflict_that_names_its_field() {
    let shop = Shop::open().await;
    for (path, first, same, field, code) in [
        (
            "tax-rates",
            json!({"country": "US", "region": "New York", "category": "Food", "percentage": 1}),
            json!({"country": "us", "region": "NEW YORK", "category": "food", "percentage": 2}),
            "country",
            "tax_rate_taken",
        ),
        ("shipping-methods", express(), express(), "name", "shipping_method_taken"),
        (
            "discounts",
            json!({"code": "Tea-10", "amount": 1}),
            json!({"code": "TEA-10", "percentage": 1}),
            "code",
            "discount_code_taken",
        ),
    ] {
        let path = format!("/api/orders/{path}");
        let second = {
            let mut second = first.clone();
            second[field] = json!(match field {
                "country" => "CA",
                _ => "Other",
            });
            second
        };
        shop.admin.post(&path, first).await.expect(201);
        let other = shop.admin.post(&path, second).await.expect(201);
        for refused in [
            shop.admin.post(&path, same.clone()).await.expect(409),
            shop.admin.put(other.header("location"), same.clone()).await.expect(409),
        ] {
            assert_eq!((refused.error_code().as_str(), fields(&refused)), (code, vec![field.to_owned()]));
        }
        let unchanged = shop.admin.get(other.header("location")).await.expect(200);
        assert_eq!(unchanged.header("etag"), other.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn fields_that_do_not_fit_together_are_named() {
    let shop = Shop::open().await;
    let (may, june) = ("2026-05-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z");
    let mut hasty = express();
    hasty["minDays"] = json!(3);
    for (path, body, expected) in [
        ("shipping-methods", hasty, vec!["maxDays"]),
        ("discounts", json!({"code": "TEA"}), vec!["percentage", "amount"]),
        ("discounts", json!({"code": "TEA", "percentage": 1, "amount": 1}), vec!["percentage", "amount"]),
        ("discounts", json!({"code": "TEA", "amount": 0, "startsAt": june, "endsAt": may}), vec!["amount", "endsAt"]),
        ("discounts", json!({"code": "T", "percentage": 101, "maxUses": 0}), vec!["code", "maxUses", "percentage"]),
    ] {
        let refused = shop.admin.post(&format!("/api/orders/{path}"), body.clone()).await.expect(400);
        assert_eq!(fields(&refused), expected, "{body}");
    }
    let none = "select count(*) from discounts";
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", none).await, 0);
}

#[tokio::test]
async fn a_discount_that_orders_refer_to_stays_and_its_limit_covers_their_uses() {
    let shop = Shop::open().await;
    let discount = |most: i32| json!({"code": "TEA", "amount": 5, "maxUses": most});
    let added = shop.admin.post("/api/orders/discounts", discount(10)).await.expect(201);
    let path = added.header("location");
    let ada = shop.admin.as_user(&shop.test_env.customer().await);
    let tea = shop.test_env.product(1190, 5).await;
    let order = json!({"items": [{"productId": tea, "quantity": 1}], "discountCode": "tea"});
    let mut last = Value::Null;
    for _ in 0..3 {
        last = ada.post("/api/orders", order.clone()).await.expect(201).json();
    }

    let refused = shop.admin.delete(path).await.expect(409);
    assert_eq!(refused.error_code(), "discount_used");
    let refused = shop.admin.put(path, discount(2)).await.expect(409);
    assert_eq!((refused.error_code().as_str(), &refused.json()["uses"]), ("below_uses", &json!(3)));
    assert_eq!(fields(&refused), ["maxUses"]);
    let kept = shop.admin.put(path, discount(3)).await.expect(200).json();
    assert_eq!((&kept["uses"], &kept["maxUses"]), (&json!(3), &json!(3)));
    let mut off = discount(3);
    off["active"] = json!(false);
    assert_eq!(shop.admin.put(path, off).await.expect(200).json()["active"], json!(false));

    // A cancelled order gives its use back, and refers to the discount still.
    ada.put(&format!("/api/orders/{}", last["id"]), json!({"status": "cancelled"})).await.expect(200);
    assert_eq!(shop.admin.get(path).await.expect(200).json()["uses"], json!(2));
    shop.admin.delete(path).await.expect(409);

    // What only an order that was withdrawn has left keeps nothing.
    let other = shop.admin.post("/api/orders/discounts", json!({"code": "CUP", "amount": 5})).await.expect(201);
    shop.execute("insert into discount_customers select id, 1, 0 from discounts where code = 'CUP'").await;
    shop.admin.delete(other.header("location")).await.expect(204);
}

#[tokio::test]
async fn a_shop_has_so_many_rates_and_methods_and_no_more() {
    let shop = Shop::open().await;
    shop.execute(
        "insert into tax_rates (country, region, basis_points) select 'US', n::text, 1 from generate_series(1, 499) n",
    )
    .await;
    shop.execute(
        "insert into shipping_methods (name, price, min_days, max_days) select n::text, 1, 1, 2 from generate_series(1, 98) n",
    )
    .await;
    let rate = |percentage: i32, region: &str| json!({"country": "CA", "region": region, "percentage": percentage});
    let method = |name: &str| json!({"name": name, "price": 1, "minDays": 1, "maxDays": 2});
    for (path, code, one, two) in [
        ("/api/orders/tax-rates", "too_many_tax_rates", rate(1, "Ontario"), rate(2, "Quebec")),
        ("/api/orders/shipping-methods", "too_many_shipping_methods", method("A"), method("B")),
    ] {
        // There is room for one of them.
        let (first, second) = tokio::join!(shop.admin.post(path, one), shop.admin.post(path, two));
        let refused = if first.status == 409 { (second.expect(201), first).1 } else { (first.expect(201), second).1 };
        assert_eq!(refused.expect(409).error_code(), code);
    }
    let rates = shop.admin.get("/api/orders/tax-rates").await.expect(200).json();
    assert_eq!(rates.as_array().unwrap().len(), 500);
    let methods = shop.admin.get("/api/orders/shipping-methods?all=true").await.expect(200).json();
    assert_eq!(methods.as_array().unwrap().len(), 100);
}
