//! Every invalid token is rejected, all with the same response.

use api_client::{ApiRequest, call_router};
use axum::body::Body;
use domain::SessionId;
use http::Method;
use lambda_events::EventSource;
use lambda_http::request::from_str;
use serde_json::{Value, json};
use testkit::invalid_tokens::{malformed_tokens, wrong_claims, wrong_headers, wrong_keys};
use testkit::{TestUser, TokenForge};
use tokens::{Device, Signer};

use crate::shop::Shop;

const ME: &str = "/api/users/me";

/// Each with its flaw.
fn invalid_tokens(forge: &TokenForge, shop: &Shop, other: &TestUser, gone: &TestUser) -> Vec<(&'static str, String)> {
    let mut all = wrong_headers(forge);
    all.extend(wrong_keys(forge));
    all.extend(wrong_claims(forge));
    all.extend(malformed_tokens(forge, &other.token));
    all.extend(tokens_of_wrong_sessions(forge, shop, other, gone));
    all
}

/// Tokens that are invalid only now, or only with these sessions.
fn tokens_of_wrong_sessions(
    forge: &TokenForge,
    shop: &Shop,
    other: &TestUser,
    gone: &TestUser,
) -> Vec<(&'static str, String)> {
    let now = shop.clock.now().seconds();
    let with = |changes: Value| forge.with_claims(changes);
    vec![
        ("expired this second", with(json!({"exp": now}))),
        ("expired yesterday", with(json!({"exp": now - 86_400}))),
        ("exp below zero", with(json!({"exp": -1}))),
        ("another user's session", with(json!({"sub": other.id.to_string()}))),
        ("my session for another user", with(json!({"jti": other.session}))),
        ("a session that never was", with(json!({"jti": SessionId::new(shop.clock.new_uuid())}))),
        ("a device's token", device_token(forge, shop)),
        ("a session that has ended", with(json!({"sub": gone.id.to_string(), "jti": gone.session}))),
    ]
}

/// What lets a login of the victim past a limit: valid, but no session.
fn device_token(forge: &TokenForge, shop: &Shop) -> String {
    let user = forge.payload["sub"].as_str().unwrap().parse().unwrap();
    let device = Device { id: shop.clock.new_uuid(), user, account_digest: "x".to_owned() };
    let signer = Signer::new(&shop.test_env.env().required("TOKEN_SIGNING_KEY").unwrap()).unwrap();
    signer.sign_device(&device, shop.clock.now()).unwrap()
}

struct Setup {
    shop: Shop,
    good: String,
    forged: Vec<(&'static str, String)>,
}

async fn setup() -> Setup {
    let shop = Shop::open().await;
    let (victim, other, gone) =
        (shop.test_env.customer().await, shop.test_env.customer().await, shop.test_env.customer().await);
    shop.client().as_user(&gone).send(Method::POST, "/api/users/logout", None).await.expect(204);
    let private = shop.test_env.env().required("TOKEN_SIGNING_KEY").unwrap();
    let forge = TokenForge::new(&private, victim.id, victim.session, shop.clock.now());
    let forged = invalid_tokens(&forge, &shop, &other, &gone);
    let good = forge.valid_token();
    Setup { shop, good, forged }
}

#[tokio::test]
async fn every_invalid_token_gets_the_answer_of_a_missing_one() {
    let Setup { shop, good, forged } = setup().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    // The same code makes a valid token, so what is rejected below is rejected only for its flaw.
    anyone.with_token(&good).get(ME).await.expect(200);
    let rejected = anyone.get(ME).await.expect(401);
    assert_eq!(rejected.error_code(), "unauthenticated");
    for (what, token) in &forged {
        let reply = anyone.with_token(token).get(ME).await;
        assert_eq!(reply.status, 401, "{what}");
        assert_eq!((&reply.bytes, &reply.headers), (&rejected.bytes, &rejected.headers), "{what}");
    }
    assert!(forged.len() >= 75, "{}", forged.len());
    anyone.with_token(&good).get(ME).await.expect(200);
}

#[tokio::test]
async fn a_valid_token_is_accepted_in_one_place_only() {
    let Setup { shop, good, .. } = setup().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    let rejected = anyone.get(ME).await.expect(401);
    let bearer = format!("Bearer {good}");
    let bad = "Bearer not.a.token";
    let cases: [(&str, &[(&str, &str)]); 13] = [
        ("two headers", &[("authorization", &bearer), ("authorization", &bearer)]),
        ("a good one behind a bad one", &[("authorization", bad), ("authorization", &bearer)]),
        ("a bad one behind a good one", &[("authorization", &bearer), ("authorization", bad)]),
        ("no scheme", &[("authorization", &good)]),
        ("the scheme alone", &[("authorization", "Bearer")]),
        ("another scheme", &[("authorization", &format!("Basic {good}"))]),
        ("DPoP", &[("authorization", &format!("DPoP {good}"))]),
        ("a colon", &[("authorization", &format!("Bearer: {good}"))]),
        ("two spaces", &[("authorization", &format!("Bearer  {good}"))]),
        ("a tab", &[("authorization", &format!("Bearer\t{good}"))]),
        ("a cookie", &[("cookie", &format!("token={good}; authorization={good}"))]),
        ("another header", &[("x-authorization", &bearer), ("x-access-token", &good)]),
        ("a claim of identity", &[("x-user-id", "1"), ("x-user-role", "admin"), ("x-forwarded-user", "1")]),
    ];
    for (what, headers) in cases {
        let client = headers.iter().fold(anyone.clone(), |client, (name, value)| client.with_header(name, value));
        let reply = client.get(ME).await;
        assert_eq!(reply.status, 401, "{what}");
        assert_eq!((&reply.bytes, &reply.headers), (&rejected.bytes, &rejected.headers), "{what}");
    }
    anyone.get(&format!("{ME}?access_token={good}&token={good}")).await.expect(401);
    anyone.with_header("authorization", &format!("bearer {good}")).get(ME).await.expect(200);
}

/// The same request from API Gateway and from a load balancer.
fn events(authorization: &str) -> [Value; 2] {
    let request = ApiRequest::get(ME).with_header("authorization", authorization);
    [EventSource::HttpApi, EventSource::Alb].map(|source| source.to_event(&request))
}

#[tokio::test]
async fn every_invalid_token_is_rejected_behind_api_gateway_and_alb() {
    let Setup { shop, good, forged } = setup().await;
    let router = shop.router();
    let status = async |event: Value| {
        let request = from_str(&event.to_string()).unwrap().map(|_| Body::empty());
        call_router(&router, request).await.unwrap().status
    };
    for event in events(&format!("Bearer {good}")) {
        assert_eq!(status(event).await, 200);
    }
    for (what, token) in forged {
        for event in events(&format!("Bearer {token}")) {
            assert_eq!(status(event).await, 401, "{what}");
        }
    }
}
