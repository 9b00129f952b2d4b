//! A device with an earlier login is let past the limit that strangers use up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::invalid_tokens::{malformed_tokens, wrong_headers, wrong_keys};
use testkit::{TestClient, TestResponse, TokenForge};

use crate::shop::{PASSWORD, Shop, count_statuses, log_in, sign_up, token};

const WRONG: &str = "not the password";
const ADA: &str = "ada@example.org";

/// The cookie as a browser sends it back.
fn cookie_pair(reply: &TestResponse) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn cookie_token(reply: &TestResponse) -> String {
    cookie_pair(reply).strip_prefix("device=").unwrap().to_owned()
}

fn decode_part(text: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The payload of the cookie's token.
fn payload(reply: &TestResponse) -> Value {
    decode_part(cookie_token(reply).split('.').nth(1).unwrap())
}

/// Strangers have failed a hundred times, from ten addresses.
async fn exhaust_account_limit(shop: &Shop) -> TestClient {
    let guesses = (0..100).map(|n| {
        let anyone = shop.client_at(&format!("198.51.100.{}", n / 10));
        async move { log_in(&anyone, ADA, WRONG).await }
    });
    let replies: Vec<TestResponse> = stream::iter(guesses).buffer_unordered(8).collect().await;
    assert_eq!(count_statuses(&replies), [(401, 100)]);
    shop.client_at("192.0.2.9")
}

#[tokio::test]
async fn a_login_leaves_a_cookie_that_only_the_login_gets_and_no_script_reads() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let welcome = sign_up(&anyone, ADA).await.expect(201);
    let back = log_in(&anyone, ADA, PASSWORD).await.expect(200);
    for reply in [&welcome, &back] {
        let (_, attributes) = reply.header("set-cookie").split_once("; ").unwrap();
        assert_eq!(attributes, "Max-Age=15552000; Path=/api/users/login; HttpOnly; Secure; SameSite=Strict");
        let payload = payload(reply);
        assert!(!payload.to_string().contains("ada") && payload.get("role").is_none(), "{payload}");
    }
    assert!(log_in(&anyone, ADA, WRONG).await.expect(401).header("set-cookie").is_empty());
}

#[tokio::test]
async fn the_owners_device_logs_in_while_strangers_are_blocked() {
    let shop = Shop::open().await;
    let welcome = sign_up(&shop.client_at("192.0.2.1"), ADA).await.expect(201);
    let bobs = sign_up(&shop.client_at("192.0.2.2"), "bob@example.org").await.expect(201);
    let stranger = exhaust_account_limit(&shop).await;
    let rejected = log_in(&stranger, ADA, PASSWORD).await.expect(429);
    assert_eq!(rejected.header("retry-after"), "3600");
    // Another account's device is a stranger's.
    log_in(&stranger.with_header("cookie", &cookie_pair(&bobs)), ADA, PASSWORD).await.expect(429);
    let device = stranger.with_header("cookie", &format!("theme=dark; {}", cookie_pair(&welcome)));
    let back = log_in(&device, ADA, PASSWORD).await.expect(200);
    // It stays the same device as long as it logs in, and the cookie's lifetime starts again.
    let id = |reply: &TestResponse| payload(reply)["jti"].clone();
    assert_eq!(id(&back), id(&welcome));
    assert_ne!(id(&bobs), id(&welcome));
}

#[tokio::test]
async fn a_device_fails_ten_times_by_itself_and_locks_nobody_else_out() {
    let shop = Shop::open().await;
    let home = shop.client_at("192.0.2.1");
    let device = home.with_header("cookie", &cookie_pair(&sign_up(&home, ADA).await.expect(201)));
    for _ in 0..9 {
        log_in(&device, ADA, WRONG).await.expect(401);
    }
    // A success clears the count.
    log_in(&device, ADA, PASSWORD).await.expect(200);
    for _ in 0..10 {
        log_in(&device, ADA, WRONG).await.expect(401);
    }
    assert_eq!(log_in(&device, ADA, PASSWORD).await.expect(429).header("retry-after"), "900");
    // A stolen device is no weapon: the owner logs in from another one, even at the same address.
    log_in(&home, ADA, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_device_is_known_for_half_a_year() {
    let shop = Shop::open().await;
    let welcome = sign_up(&shop.client_at("192.0.2.1"), ADA).await.expect(201);
    shop.clock.advance(tokens::DEVICE_TOKEN_LIFETIME_SECONDS - 1);
    let device = exhaust_account_limit(&shop).await.with_header("cookie", &cookie_pair(&welcome));
    log_in(&device, ADA, PASSWORD).await.expect(200);
    shop.clock.advance(1);
    log_in(&device, ADA, PASSWORD).await.expect(429);
}

#[tokio::test]
async fn no_forged_device_gets_past_the_limit() {
    let shop = Shop::open().await;
    let welcome = sign_up(&shop.client_at("192.0.2.1"), ADA).await.expect(201);
    let bob = shop.test_env.customer().await;
    let session = token(&welcome);
    let good = cookie_token(&welcome);
    let part = |n: usize| decode_part(good.split('.').nth(n).unwrap());
    let private = shop.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
    let mut forge = TokenForge::new(&private, bob.id, bob.session, shop.clock.now());
    let sessions_header = forge.header.clone();
    (forge.header, forge.payload) = (part(0), part(1));
    let now = shop.clock.now().seconds();
    let with = |changes: Value| forge.with_claims(changes);
    let mut forged = wrong_headers(&forge);
    forged.extend(wrong_keys(&forge));
    forged.extend(malformed_tokens(&forge, &bob.token).into_iter().filter(|(what, _)| {
        // A cookie's value ends at a space, a tab or next to a comma: what is left of it is valid.
        !["a space behind", "a tab behind"].contains(what)
    }));
    forged.extend([
        ("a session's token", session),
        ("a session's header", forge.sign(&sessions_header, &forge.payload)),
        ("aud of the API", with(json!({"aud": "shop-api"}))),
        ("no aud", with(json!({"aud": null}))),
        ("iss of another", with(json!({"iss": "another"}))),
        ("expired this second", with(json!({"exp": now}))),
        ("no exp", with(json!({"exp": null}))),
        ("no sub", with(json!({"sub": null}))),
        ("another device", with(json!({"jti": shop.clock.new_uuid()}))),
        ("no device", with(json!({"jti": null}))),
        ("another account", with(json!({"acct": "AAAAAAAAAAAAAAAAAAAAAA"}))),
        ("no account", with(json!({"acct": null}))),
    ]);
    let stranger = exhaust_account_limit(&shop).await;
    for (what, token) in &forged {
        let reply = log_in(&stranger.with_header("cookie", &format!("device={token}")), ADA, PASSWORD).await;
        assert_eq!(reply.status, 429, "{what}");
    }
    assert!(forged.len() >= 55, "{}", forged.len());
    log_in(&stranger.with_header("cookie", &format!("device={good}")), ADA, PASSWORD).await.expect(200);
    assert_eq!(forge.valid_token().split('.').count(), 3);
    log_in(&stranger.with_header("cookie", &format!("device={}", forge.valid_token())), ADA, PASSWORD)
        .await
        .expect(200);
}
