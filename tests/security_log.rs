//! The security log: which requests were rejected and why, in lines that can be grouped, without
//! personal data or anything that a client wrote.

use api_client::{ApiRequest, call_router};
use axum::body::Body;
use domain::SessionId;
use http::Method;
use lambda_events::{EventContext, EventSource};
use serde_json::{Value, json};
use testkit::{LogCapture, TestClient, TestEnv, TestResponse, TestUser, TokenForge};

/// Stands for everything that no line may contain: a name, an address, a password, a token, a
/// client's text.
const CANARY: &str = "c4n4ry";
const EMAIL: &str = "ada.c4n4ry@mail.example";
const PASSWORD: &str = "c4n4ry battery staple";
const ADDRESS: &str = "203.0.113.77";
const ME: &str = "/api/users/me";
const NOT_YOURS: &str = "it belongs to another user";

struct TestShop {
    test_env: TestEnv,
    shop: TestClient,
    logs: LogCapture,
}

impl TestShop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let shop = test_env.client(tests::shop_router(&test_env, &test_env.env())).with_header("user-agent", CANARY);
        let shop = shop.with_header("x-forwarded-for", ADDRESS).with_header("x-viewer-address", ADDRESS);
        Self { test_env, shop, logs: LogCapture::start() }
    }

    fn forge(&self, person: &TestUser) -> TokenForge {
        let private = self.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
        TokenForge::new(&private, person.id, person.session, self.test_env.clock.now())
    }

    /// The one security event after the first `many`: all of it except the time and the level.
    fn event_after(&self, many: usize, reply: &TestResponse) -> Value {
        let events = self.logs.security_events();
        assert_eq!(events.len(), many + 1, "{:?}", &events[many..]);
        let mut event = events[many].clone();
        assert_eq!(event["span"]["request.id"], reply.header("x-request-id"), "{event}");
        assert_eq!((&event["level"], &event["message"]), (&json!("INFO"), &json!("A security event was recorded.")));
        for common in ["span", "timestamp", "level", "message"] {
            event.as_object_mut().unwrap().remove(common);
        }
        event
    }

    /// Asserts that a request gets this response, and is logged in one line.
    async fn assert_logged(
        &self,
        client: &TestClient,
        request: (&str, &str, Option<Value>),
        status: u16,
        expected: Value,
    ) {
        let before = self.logs.security_events().len();
        let (method, path, body) = request;
        let send = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = client.send(send, path, body.map(|body| body.to_string())).await.expect(status);
        let mut expected = expected;
        expected["http.method"] = json!(method);
        assert_eq!(self.event_after(before, &reply), expected, "{method} {path}");
    }

    /// Asserts that nothing personal was logged anywhere by this test.
    fn assert_nothing_personal(&self, tokens: &[&str]) {
        let text = self.logs.text();
        for secret in [CANARY, ADDRESS].iter().chain(tokens) {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn expected_event(event: &str, reason: &str, user: Option<i32>, route: &str) -> Value {
    let mut expected = json!({"security.event": event, "security.reason": reason, "http.route": route});
    if let Some(user) = user {
        expected["user.id"] = json!(user.to_string());
    }
    expected
}

#[tokio::test]
async fn logins_are_logged() {
    let scene = TestShop::open().await;
    let (sign_up, log_in) = ("/api/users/signup", "/api/users/login");
    let account = json!({"name": format!("Ada {CANARY}"), "email": EMAIL, "password": PASSWORD});
    let opened = scene.shop.post(sign_up, account).await.expect(201);
    let user = i32::try_from(opened.json()["user"]["id"].as_i64().unwrap()).unwrap();
    let mut new = expected_event("login_succeeded", "the account is new", Some(user), sign_up);
    new["http.method"] = json!("POST");
    assert_eq!(scene.event_after(0, &opened), new);

    let with = |email: &str, password: &str| Some(json!({"email": email, "password": password}));
    let right = expected_event("login_succeeded", "the password is right", Some(user), log_in);
    scene.assert_logged(&scene.shop, ("POST", log_in, with(EMAIL, PASSWORD)), 200, right).await;
    let wrong = expected_event("login_failed", "the password is wrong", Some(user), log_in);
    scene.assert_logged(&scene.shop, ("POST", log_in, with(EMAIL, "c4n4ry wrong")), 401, wrong).await;
    let nobody = expected_event("login_failed", "there is no such account", None, log_in);
    scene.assert_logged(&scene.shop, ("POST", log_in, with("c4n4ry@nobody.example", PASSWORD)), 401, nobody).await;
    scene.assert_nothing_personal(&[opened.json()["token"].as_str().unwrap()]);
}

#[tokio::test]
async fn a_token_is_refused_with_its_reason() {
    let scene = TestShop::open().await;
    let (ada, gone) = (scene.test_env.customer().await, scene.test_env.customer().await);
    scene.shop.as_user(&gone).send(Method::POST, "/api/users/logout", None).await.expect(204);
    let forge = scene.forge(&ada);
    let now = scene.test_env.clock.now().seconds();
    let expired = forge.with_claims(json!({"exp": now - 10}));
    let never = forge.with_claims(json!({"jti": SessionId::new(scene.test_env.clock.new_uuid())}));
    let (stranger, header) = (forge.signed_by_foreign_key(json!({})), forge.with_header(json!({"kid": "c4n4ry"})));
    let user = Some(ada.id.get());
    for (token, what, why, user) in [
        (expired.as_str(), "token_ended", "the token has expired", user),
        (&never, "token_ended", "the session has ended", user),
        (&gone.token, "token_ended", "the session has ended", Some(gone.id.get())),
        (&stranger, "token_refused", "the signature, issuer or audience is wrong", None),
        (&header, "token_refused", "the key is unknown", None),
        ("c4n4ry.c4n4ry.c4n4ry", "token_refused", "the token's header is not ours", None),
    ] {
        let client = scene.shop.with_token(token);
        scene.assert_logged(&client, ("GET", ME, None), 401, expected_event(what, why, user, ME)).await;
        // Where a token is optional, an invalid one is rejected nevertheless.
        let track = ("POST", "/api/analytics/event", Some(json!({"eventType": "product.view"})));
        scene.assert_logged(&client, track, 401, expected_event(what, why, user, "/api/analytics/event")).await;
    }
    let basic = scene.shop.with_header("authorization", "Basic c4n4ry");
    scene
        .assert_logged(
            &basic,
            ("GET", ME, None),
            401,
            expected_event("token_refused", "the scheme is not Bearer", None, ME),
        )
        .await;
    let twice = scene.shop.as_user(&ada).with_header("authorization", "Bearer c4n4ry");
    scene
        .assert_logged(
            &twice,
            ("GET", ME, None),
            401,
            expected_event("token_refused", "the header is malformed", None, ME),
        )
        .await;
    // Distinguished from forged tokens: every crawler does it, and no alarm counts it.
    scene
        .assert_logged(
            &scene.shop,
            ("GET", ME, None),
            401,
            expected_event("token_missing", "there is no token", None, ME),
        )
        .await;

    let before = scene.logs.security_events().len();
    scene.shop.as_user(&ada).get(ME).await.expect(200);
    scene.shop.get("/api/products?q=c4n4ry").await.expect(200);
    assert_eq!(scene.logs.security_events().len(), before, "nothing was refused");
    scene.assert_nothing_personal(&[&expired, &never, &stranger, &gone.token, &ada.token]);
}

#[tokio::test]
async fn denied_access_is_logged_with_the_caller() {
    let scene = TestShop::open().await;
    let (ada, bob, admin) =
        (scene.test_env.customer().await, scene.test_env.customer().await, scene.test_env.admin().await);
    let product = scene.test_env.product(1000, 50).await;
    let line = json!([{"productId": product, "quantity": 1}]);
    let order =
        scene.shop.as_user(&bob).post("/api/orders", json!({"items": line})).await.expect(201).json()["id"].clone();
    let payments = scene.shop.as_user(&bob).get(&format!("/api/payments/order/{order}")).await.expect(200).json();
    let payment = payments[0]["id"].as_str().unwrap();
    let written = json!({"productId": product, "rating": 5, "comment": CANARY});
    let review = scene.shop.as_user(&bob).post("/api/reviews", written).await.expect(201).json()["id"].clone();
    let review = review.as_str().unwrap();
    assert!(scene.logs.security_events().is_empty());

    let (shop, user) = (scene.shop.as_user(&ada), Some(ada.id.get()));
    let changed = Some(json!({"rating": 1, "comment": CANARY}));
    for (method, path, body, route) in [
        ("GET", format!("/api/users/{}", bob.id), None, "/api/users/{id}"),
        ("GET", format!("/api/orders/{order}"), None, "/api/orders/{id}"),
        ("PUT", format!("/api/orders/{order}"), Some(json!({"status": "cancelled"})), "/api/orders/{id}"),
        ("POST", "/api/payments".to_owned(), Some(json!({"orderId": order})), "/api/payments"),
        ("GET", format!("/api/payments/{payment}"), None, "/api/payments/{id}"),
        ("GET", format!("/api/payments/order/{order}"), None, "/api/payments/order/{orderId}"),
        ("GET", format!("/api/notifications/user/{}", bob.id), None, "/api/notifications/user/{userId}"),
        ("PUT", format!("/api/reviews/{review}"), changed.clone(), "/api/reviews/{id}"),
        ("DELETE", format!("/api/reviews/{review}"), None, "/api/reviews/{id}"),
        ("GET", format!("/api/analytics/user/{}", bob.id), None, "/api/analytics/user/{userId}"),
    ] {
        let denied = expected_event("access_denied", NOT_YOURS, user, route);
        scene.assert_logged(&shop, (method, &path, body), 404, denied).await;
    }
    for (method, path, body, route, why) in [
        (
            "POST",
            "/api/products".to_owned(),
            Some(json!({"name": CANARY, "price": 1})),
            "/api/products",
            "Only admins can do this.",
        ),
        (
            "GET",
            "/api/orders?all=true".to_owned(),
            None,
            "/api/orders",
            "Only admins can list other customers' orders.",
        ),
        ("GET", "/api/analytics/dashboard".to_owned(), None, "/api/analytics/dashboard", "Only admins can do this."),
    ] {
        scene.assert_logged(&shop, (method, &path, body), 403, expected_event("access_denied", why, user, route)).await;
    }
    // An admin may not write in another user's name either.
    let as_admin = expected_event("access_denied", NOT_YOURS, Some(admin.id.get()), "/api/reviews/{id}");
    scene
        .assert_logged(&scene.shop.as_user(&admin), ("PUT", &format!("/api/reviews/{review}"), changed), 404, as_admin)
        .await;

    // Every line of a request names its caller, once they are known.
    let mine = shop.get(ME).await.expect(200);
    let answered =
        scene.logs.lines().into_iter().rev().find(|line| line["message"] == "A request was completed.").unwrap();
    assert_eq!(answered["span"]["user.id"], ada.id.to_string(), "{answered}");
    assert_eq!(answered["span"]["request.id"], mine.header("x-request-id"));
    scene.assert_nothing_personal(&[&ada.token, &bob.token, &admin.token, &bob.name]);
}

/// Behind a load balancer there is no authorizer: only the functions' own log reports it.
#[tokio::test]
async fn refusals_are_logged_behind_a_load_balancer_too() {
    let scene = TestShop::open().await;
    for (authorization, expected) in [
        (None, expected_event("token_missing", "there is no token", None, ME)),
        (Some("Bearer c4n4ry"), expected_event("token_refused", "the token's header is not ours", None, ME)),
    ] {
        let before = scene.logs.security_events().len();
        let mut request = ApiRequest::get(ME).with_header("x-request-id", "r-1");
        if let Some(value) = authorization {
            request = request.with_header("authorization", value);
        }
        let context = EventContext { source_ip: ADDRESS.to_owned(), ..EventContext::default() };
        let event = EventSource::Alb.to_event_in(&request, &context);
        let request = lambda_http::request::from_str(&event.to_string()).unwrap().map(|_| Body::empty());
        let router = tests::shop_router(&scene.test_env, &scene.test_env.env());
        let response = call_router(&router, request).await.unwrap().expect(401);
        assert_eq!(response.header("cache-control"), "no-store");
        let mut logged = scene.logs.security_events().pop().unwrap();
        assert_eq!(scene.logs.security_events().len(), before + 1);
        assert_eq!((&logged["span"]["request.id"], &logged["http.method"]), (&json!("r-1"), &json!("GET")));
        for common in ["span", "timestamp", "level", "message", "http.method"] {
            logged.as_object_mut().unwrap().remove(common);
        }
        assert_eq!(logged, expected);
    }
    scene.assert_nothing_personal(&[]);
}
