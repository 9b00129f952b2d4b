//! Who may call what: every route of every group, as every kind of caller. A route without a row
//! here fails.

use domain::ProductId;
use http::Method;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

/// The allowed callers of a route.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    /// Anyone; a token is ignored.
    Public,
    /// Anyone; a token that is sent must be valid.
    OptionalToken,
    /// Every signed-in user.
    SignedIn,
    /// The owner and admins; for others it does not exist.
    OwnerOrAdmin,
    /// Only the owner, not even admins.
    OwnerOnly,
    AdminOnly,
}

use Access::{AdminOnly, OptionalToken, OwnerOnly, OwnerOrAdmin, Public, SignedIn};

/// The routes of the original contract and the added ones, without health and readiness.
const POLICY: [(&str, &str, Access); 36] = [
    ("POST", "/api/users/signup", Public),
    ("POST", "/api/users/login", Public),
    ("POST", "/api/users/logout", SignedIn),
    ("GET", "/api/users/me", SignedIn),
    ("GET", "/api/users/{id}", OwnerOrAdmin),
    ("GET", "/api/products", Public),
    ("GET", "/api/products/categories", Public),
    ("GET", "/api/products/{id}", Public),
    ("POST", "/api/products", AdminOnly),
    ("PUT", "/api/products/{id}", AdminOnly),
    ("DELETE", "/api/products/{id}", AdminOnly),
    ("POST", "/api/orders", SignedIn),
    ("GET", "/api/orders", SignedIn),
    ("GET", "/api/orders/{id}", OwnerOrAdmin),
    ("PUT", "/api/orders/{id}", OwnerOrAdmin),
    ("POST", "/api/payments", OwnerOrAdmin),
    ("GET", "/api/payments/{id}", OwnerOrAdmin),
    ("GET", "/api/payments/order/{orderId}", OwnerOrAdmin),
    ("POST", "/api/payments/{id}/refund", AdminOnly),
    ("GET", "/api/inventory/{productId}", Public),
    ("GET", "/api/inventory/{productId}/ledger", AdminOnly),
    ("POST", "/api/inventory/check", Public),
    ("PUT", "/api/inventory/{productId}", AdminOnly),
    ("POST", "/api/notifications", AdminOnly),
    ("GET", "/api/notifications/user/{userId}", OwnerOrAdmin),
    ("PUT", "/api/notifications/{id}/read", OwnerOnly),
    ("GET", "/api/reviews/product/{productId}", Public),
    ("GET", "/api/reviews/product/{productId}/summary", Public),
    ("POST", "/api/reviews", SignedIn),
    ("PUT", "/api/reviews/{id}", OwnerOnly),
    ("DELETE", "/api/reviews/{id}", OwnerOrAdmin),
    ("POST", "/api/analytics/event", OptionalToken),
    ("GET", "/api/analytics/dashboard", AdminOnly),
    ("GET", "/api/analytics/user/{userId}", OwnerOrAdmin),
    ("GET", "/api/{group}/health", Public),
    ("GET", "/api/{group}/ready", Public),
];

const GROUPS: [&str; 8] =
    ["users", "products", "orders", "payments", "inventory", "notifications", "reviews", "analytics"];

#[test]
fn every_route_has_its_row_and_every_row_its_route() {
    let documented = api::document();
    let mut there: Vec<(String, String)> = Vec::new();
    for (path, item) in documented["paths"].as_object().unwrap() {
        if !path.starts_with("/api/") {
            continue;
        }
        let path = GROUPS.iter().fold(path.clone(), |path, group| {
            ["health", "ready"]
                .iter()
                .fold(path, |path, end| path.replace(&format!("/api/{group}/{end}"), &format!("/api/{{group}}/{end}")))
        });
        there.extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    there.sort();
    there.dedup();
    let mut rows: Vec<(String, String)> = POLICY.iter().map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned())).collect();
    rows.sort();
    assert_eq!(there, rows);
}

/// A shop with an object of each kind that belongs to `owner`.
struct TestShop {
    test_env: TestEnv,
    shop: TestClient,
    owner: TestUser,
    other: TestUser,
    admin: TestUser,
}

impl TestShop {
    async fn new() -> Self {
        let test_env = TestEnv::new().await;
        let shop = test_env.client(tests::shop_router(&test_env, &test_env.env()));
        let (owner, other, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
        Self { test_env, shop, owner, other, admin }
    }

    async fn product(&self) -> ProductId {
        self.test_env.product(1000, 50).await
    }

    /// A new order of the owner, paid for or declined.
    async fn order(&self, method: &str) -> Value {
        let body =
            json!({"items": [{"productId": self.product().await, "quantity": 1}], "payment": {"method": method}});
        let placed = self.shop.as_user(&self.owner).post("/api/orders", body).await.json();
        if placed["order"].is_object() { placed["order"].clone() } else { placed }
    }

    async fn payment(&self) -> String {
        let path = format!("/api/payments/order/{}", self.order("tok_visa").await["id"]);
        let payments = self.shop.as_user(&self.owner).get(&path).await.expect(200).json();
        payments[0]["id"].as_str().unwrap().to_owned()
    }

    async fn review(&self) -> String {
        let body = json!({"productId": self.product().await, "rating": 5, "comment": "Good."});
        let review = self.shop.as_user(&self.owner).post("/api/reviews", body).await.expect(201).json();
        review["id"].as_str().unwrap().to_owned()
    }

    async fn notification(&self) -> String {
        let body = json!({"userId": self.owner.id, "type": "newsletter"});
        let sent = self.shop.as_user(&self.admin).post("/api/notifications", body).await.expect(201).json();
        sent["id"].as_str().unwrap().to_owned()
    }

    /// A request that would succeed for an allowed caller, on a new object each time.
    async fn request(&self, method: &str, route: &str) -> (String, Option<Value>) {
        let nonce = self.test_env.clock.random() as u32;
        let goods = |stock: i32| json!({"name": "Cup", "price": 5, "stock": stock});
        let item = async || json!([{"productId": self.product().await, "quantity": 1}]);
        match (method, route) {
            ("POST", "/api/users/signup") => (
                route.into(),
                Some(json!({"name": "Eve", "email": format!("{nonce}@x.example"), "password": "correct horse"})),
            ),
            ("POST", "/api/users/login") => {
                (route.into(), Some(json!({"email": "nobody@x.example", "password": "correct horse"})))
            }
            ("GET", "/api/users/{id}") => (format!("/api/users/{}", self.owner.id), None),
            ("POST", "/api/products") => (route.into(), Some(goods(1))),
            ("PUT", "/api/products/{id}") => (format!("/api/products/{}", self.product().await), Some(goods(60))),
            ("GET" | "DELETE", "/api/products/{id}") => (format!("/api/products/{}", self.product().await), None),
            ("POST", "/api/orders") => (route.into(), Some(json!({"items": item().await}))),
            ("GET", "/api/orders/{id}") => (format!("/api/orders/{}", self.order("tok_visa").await["id"]), None),
            ("PUT", "/api/orders/{id}") => {
                (format!("/api/orders/{}", self.order("tok_visa").await["id"]), Some(json!({"status": "cancelled"})))
            }
            ("POST", "/api/payments") => {
                (route.into(), Some(json!({"orderId": self.order("tok_declined").await["id"]})))
            }
            ("GET", "/api/payments/{id}") => (format!("/api/payments/{}", self.payment().await), None),
            ("GET", "/api/payments/order/{orderId}") => {
                (format!("/api/payments/order/{}", self.order("tok_visa").await["id"]), None)
            }
            ("POST", "/api/payments/{id}/refund") => {
                (format!("/api/payments/{}/refund", self.payment().await), Some(json!({"all": true})))
            }
            ("PUT", "/api/inventory/{productId}") => {
                (format!("/api/inventory/{}", self.product().await), Some(json!({"quantity": 70})))
            }
            ("GET", "/api/inventory/{productId}") => (format!("/api/inventory/{}", self.product().await), None),
            ("GET", "/api/inventory/{productId}/ledger") => {
                (format!("/api/inventory/{}/ledger", self.product().await), None)
            }
            ("POST", "/api/inventory/check") => (route.into(), Some(json!({"items": item().await}))),
            ("POST", "/api/notifications") => {
                (route.into(), Some(json!({"userId": self.owner.id, "type": "newsletter"})))
            }
            ("GET", "/api/notifications/user/{userId}") => (format!("/api/notifications/user/{}", self.owner.id), None),
            ("PUT", "/api/notifications/{id}/read") => {
                (format!("/api/notifications/{}/read", self.notification().await), None)
            }
            ("POST", "/api/reviews") => {
                (route.into(), Some(json!({"productId": self.product().await, "rating": 4, "comment": ""})))
            }
            ("PUT", "/api/reviews/{id}") => {
                (format!("/api/reviews/{}", self.review().await), Some(json!({"rating": 2, "comment": "Hm."})))
            }
            ("DELETE", "/api/reviews/{id}") => (format!("/api/reviews/{}", self.review().await), None),
            ("POST", "/api/analytics/event") => (route.into(), Some(json!({"eventType": "product.view"}))),
            ("GET", "/api/analytics/user/{userId}") => (format!("/api/analytics/user/{}", self.owner.id), None),
            (_, path) if path.contains("{productId}") => {
                (path.replace("{productId}", &self.product().await.to_string()), None)
            }
            (_, path) => (path.to_owned(), None),
        }
    }

    async fn status(&self, caller: &TestClient, method: &str, route: &str) -> u16 {
        let (path, body) = self.request(method, route).await;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        caller.send(method, &path, body.map(|body| body.to_string())).await.status.as_u16()
    }
}

/// The response to a caller who is not allowed; `None` if allowed.
fn expected_refusal(whom: Access, caller: &str) -> Option<u16> {
    let unknown = ["anonymous", "expired", "revoked", "wrong audience", "no token at all"].contains(&caller);
    match (whom, caller) {
        (Public, _) | (OptionalToken, "anonymous") => None,
        _ if unknown => Some(401),
        (OwnerOrAdmin | OwnerOnly, "other") => Some(404),
        (OwnerOnly, "admin") => Some(404),
        (AdminOnly, "other" | "owner") => Some(403),
        _ => None,
    }
}

#[tokio::test]
async fn every_caller_gets_what_the_policy_allows_and_nothing_else() {
    let world = TestShop::new().await;
    let revoked = world.test_env.customer().await;
    world.shop.as_user(&revoked).send(Method::POST, "/api/users/logout", None).await.expect(204);
    let expired = signed_token(&world, tokens::AUDIENCE, -10);
    let astray = signed_token(&world, "another-api", 3600);
    let callers = [
        ("anonymous", world.shop.clone()),
        ("expired", world.shop.with_token(&expired)),
        ("revoked", world.shop.as_user(&revoked)),
        ("wrong audience", world.shop.with_token(&astray)),
        ("no token at all", world.shop.with_token("not.a.token")),
        ("other", world.shop.as_user(&world.other)),
        ("owner", world.shop.as_user(&world.owner)),
        ("admin", world.shop.as_user(&world.admin)),
    ];
    let mut wrong = Vec::new();
    for (method, route, whom) in POLICY {
        // Ending the session would end the caller's other checks: it is checked separately.
        if route == "/api/users/logout" {
            continue;
        }
        let groups: &[&str] = if route.contains("{group}") { &GROUPS } else { &[""] };
        for (caller, client) in &callers {
            for group in groups {
                let status = world.status(client, method, &route.replace("{group}", group)).await;
                let right = match expected_refusal(whom, caller) {
                    Some(refused) => status == refused,
                    // A wrong password is a 401 of its own.
                    None => {
                        (200..300).contains(&status) || route == "/api/users/login" && status == 401 || status == 429
                    }
                };
                if !right {
                    wrong.push(format!("{method} {route} as {caller}: {status}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Responses to requests with a token are never stored, rejections and "not modified" included; nor
/// are responses to writes. Public responses are revalidated each time.
#[tokio::test]
async fn personal_responses_are_never_cached() {
    let world = TestShop::new().await;
    let mut wrong = Vec::new();
    for (method, route, whom) in POLICY.into_iter().filter(|(_, route, _)| *route != "/api/users/logout") {
        for (caller, client) in [
            ("anonymous", world.shop.clone()),
            ("no token at all", world.shop.with_token("not.a.token")),
            ("other", world.shop.as_user(&world.other)),
            ("owner", world.shop.as_user(&world.owner)),
            ("admin", world.shop.as_user(&world.admin)),
        ] {
            let (path, body) = world.request(method, &route.replace("{group}", "reviews")).await;
            let send = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = client.send(send.clone(), &path, body.map(|body| body.to_string())).await;
            let public = caller == "anonymous" && method == "GET" && whom == Public;
            let expected = if public { "no-cache" } else { "no-store" };
            let mut seen = vec![(reply.status.as_u16(), reply.header("cache-control").to_owned())];
            let tag = reply.header("etag").to_owned();
            if method == "GET" && reply.status == 200 && !tag.is_empty() {
                let again = client.with_header("if-none-match", &tag).send(send, &path, None).await.expect(304);
                assert_eq!((again.header("etag"), again.bytes.len()), (tag.as_str(), 0), "{path} as {caller}");
                seen.push((304, again.header("cache-control").to_owned()));
            }
            for (status, said) in seen.into_iter().filter(|(_, said)| said != expected) {
                wrong.push(format!("{method} {route} as {caller}: {status} says {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A token of the shop's own key for the owner's open session.
fn signed_token(world: &TestShop, audience: &str, seconds: i64) -> String {
    use base64::Engine as _;
    let private = world.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
    let der = base64::engine::general_purpose::STANDARD.decode(&private).unwrap();
    let kid = tokens::derive_public_key(&private).unwrap().kid;
    let now = world.test_env.clock.now().seconds();
    let claims = json!({
        "iss": tokens::ISSUER, "aud": audience, "sub": world.owner.id.to_string(), "role": "admin",
        "jti": world.owner.session, "iat": now - 100, "exp": now + seconds,
    });
    let header = jsonwebtoken::Header { kid: Some(kid), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_ed_der(&der)).unwrap()
}
