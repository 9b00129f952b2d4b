//! Every token that is not exactly one of ours is refused, all with the same answer.

use axum::body::Body;
use domain::SessionId;
use http::Method;
use lambda_http::request::from_str;
use serde_json::{Value, json};
use testkit::Person;
use tower::ServiceExt;

use crate::forge::{Forge, encode};
use crate::shop::Shop;

const ME: &str = "/api/users/me";

/// Each with what is wrong with it.
fn forgeries(forge: &Forge, shop: &Shop, other: &Person, gone: &Person) -> Vec<(&'static str, String)> {
    let good = forge.signed(&forge.header, &forge.payload);
    let mut all = wrong_headers(forge);
    all.extend(wrong_keys(forge));
    all.extend(wrong_claims(forge, shop, other, gone));
    all.extend(wrong_forms(forge, &good, other));
    all
}

fn wrong_headers(forge: &Forge) -> Vec<(&'static str, String)> {
    let with = |changes: Value| forge.header_with(changes);
    let unsigned = |alg: &str| with(json!({"alg": alg})).rsplit_once('.').map(|(said, _)| format!("{said}.")).unwrap();
    let kid = forge.header["kid"].as_str().unwrap();
    let twice = format!(r#"{{"alg":"none","alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#);
    vec![
        ("alg none, unsigned", unsigned("none")),
        ("alg NoNe, unsigned", unsigned("NoNe")),
        ("alg empty, unsigned", unsigned("")),
        ("alg none, signed", with(json!({"alg": "none"}))),
        ("alg RS256", with(json!({"alg": "RS256"}))),
        ("alg in another case", with(json!({"alg": "eddsa"}))),
        ("alg Ed25519", with(json!({"alg": "Ed25519"}))),
        ("no alg", with(json!({"alg": null}))),
        ("alg twice", forge.signed_text(&twice, &forge.payload.to_string())),
        ("kid of nobody", with(json!({"kid": "another"}))),
        ("no kid", with(json!({"kid": null}))),
        ("kid a path", with(json!({"kid": "../../../../dev/null"}))),
        ("kid SQL", with(json!({"kid": format!("{kid}' or '1'='1")}))),
        ("kid a list", with(json!({"kid": [kid]}))),
        ("jku", with(json!({"jku": "https://evil.example/jwks.json"}))),
        ("x5u", with(json!({"x5u": "https://evil.example/x.pem"}))),
        ("x5c", with(json!({"x5c": ["MIIB"]}))),
        ("crit", with(json!({"crit": ["exp"]}))),
        ("crit and b64", with(json!({"crit": ["b64"], "b64": false}))),
        ("zip", with(json!({"zip": "DEF"}))),
        ("no typ", with(json!({"typ": null}))),
        ("typ of another use", with(json!({"typ": "at+jwt"}))),
        ("header no object", forge.signed(&json!(["EdDSA", "JWT", kid]), &forge.payload)),
    ]
}

fn wrong_keys(forge: &Forge) -> Vec<(&'static str, String)> {
    let public = forge.our_public_key();
    vec![
        ("HS256 with our public key", forge.by_our_public_key(&public)),
        ("HS256 with our public key in base64", forge.by_our_public_key(encode(&public).as_bytes())),
        ("HS256 with nothing", forge.by_our_public_key(b"")),
        ("ES256", forge.by_es256()),
        ("a stranger's key under our kid", forge.by_a_stranger(json!({}))),
        ("a stranger's key, offered as jwk", forge.by_a_stranger(json!({"jwk": forge.strangers_key()}))),
        ("a stranger's key, offered by jku", forge.by_a_stranger(json!({"jku": "https://evil.example/k"}))),
    ]
}

fn wrong_claims(forge: &Forge, shop: &Shop, other: &Person, gone: &Person) -> Vec<(&'static str, String)> {
    let now = shop.clock.now().seconds();
    let with = |changes: Value| forge.payload_with(changes);
    let twice = forge.payload.to_string().replacen('{', r#"{"role":"admin","#, 1);
    vec![
        ("iss of another", with(json!({"iss": "another"}))),
        ("no iss", with(json!({"iss": null}))),
        ("aud of another", with(json!({"aud": "another-api"}))),
        ("aud a list", with(json!({"aud": ["shop-api", "another-api"]}))),
        ("no aud", with(json!({"aud": null}))),
        ("expired this second", with(json!({"exp": now}))),
        ("expired yesterday", with(json!({"exp": now - 86_400}))),
        ("exp below zero", with(json!({"exp": -1}))),
        ("exp as text", with(json!({"exp": (now + 3600).to_string()}))),
        ("exp beyond 2^63", with(json!({"exp": 9_223_372_036_854_775_808_u64}))),
        ("no exp", with(json!({"exp": null}))),
        ("no sub", with(json!({"sub": null}))),
        ("sub a number", with(json!({"sub": other.id}))),
        ("sub zero", with(json!({"sub": "0"}))),
        ("sub with a sign", with(json!({"sub": format!("+{}", other.id)}))),
        ("somebody else's session", with(json!({"sub": other.id.to_string()}))),
        ("my session for somebody else", with(json!({"jti": other.session}))),
        ("a session that never was", with(json!({"jti": SessionId::new(shop.clock.new_uuid())}))),
        ("a session that has ended", with(json!({"sub": gone.id.to_string(), "jti": gone.session}))),
        ("no session", with(json!({"jti": null}))),
        ("a session's key pattern", with(json!({"jti": "*"}))),
        ("a role that there is not", with(json!({"role": "root"}))),
        ("no role", with(json!({"role": null}))),
        ("a role twice", forge.signed_text(&forge.header.to_string(), &twice)),
        ("payload no object", forge.signed(&forge.header, &json!([]))),
        ("payload no JSON", forge.signed_text(&forge.header.to_string(), "payload")),
        ("5 KB of a claim", with(json!({"more": "x".repeat(5000)}))),
    ]
}

fn wrong_forms(forge: &Forge, good: &str, other: &Person) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("a token has three parts") };
    let mut raised = forge.payload.clone();
    raised["role"] = json!("admin");
    let raised = encode(raised.to_string());
    // The last character of 64 bytes in base64 carries two bits; the others must be zero.
    let last = signature.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let sloppy = format!("{}{next}", &signature[..signature.len() - 1]);
    let others = other.token.split('.').nth(1).unwrap();
    vec![
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("null", "null".to_owned()),
        ("no signature", format!("{header}.{payload}")),
        ("an empty signature", format!("{header}.{payload}.")),
        ("a cut signature", good[..good.len() - 2].to_owned()),
        ("a zero signature", format!("{header}.{payload}.{}", encode([0; 64]))),
        ("a cut payload", format!("{header}.{}.{signature}", &payload[..payload.len() - 4])),
        ("another's payload", format!("{header}.{others}.{signature}")),
        ("a raised role", format!("{header}.{raised}.{signature}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{header}.{payload}.{signature}.{payload}.{signature}")),
        ("padding", format!("{good}==")),
        ("sloppy base64", format!("{header}.{payload}.{sloppy}")),
        ("a byte in front", format!("a{good}")),
        ("a space within", good.replacen('.', ". ", 1)),
        ("a space behind", format!("{good} ")),
        ("a tab behind", format!("{good}\t")),
        ("a comma and another", format!("{good}, {good}")),
        ("quotes", format!("\"{good}\"")),
        ("5 KB of nothing", "a".repeat(5000)),
        ("5 KB of signature", format!("{good}{}", "A".repeat(5000))),
    ]
}

struct Scene {
    shop: Shop,
    good: String,
    forged: Vec<(&'static str, String)>,
}

async fn scene() -> Scene {
    let shop = Shop::open().await;
    let (victim, other, gone) = (shop.bed.customer().await, shop.bed.customer().await, shop.bed.customer().await);
    shop.client().of(&gone).send(Method::POST, "/api/users/logout", None).await.expect(204);
    let forge = Forge::new(&shop, &victim);
    let forged = forgeries(&forge, &shop, &other, &gone);
    let good = forge.signed(&forge.header, &forge.payload);
    Scene { shop, good, forged }
}

#[tokio::test]
async fn every_forgery_gets_the_answer_of_somebody_without_a_token() {
    let Scene { shop, good, forged } = scene().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    // The same hands make a good one, so what is refused below is refused for what is wrong.
    anyone.with_token(&good).get(ME).await.expect(200);
    let refused = anyone.get(ME).await.expect(401);
    assert_eq!(refused.code(), "unauthenticated");
    for (what, token) in &forged {
        let reply = anyone.with_token(token).get(ME).await;
        assert_eq!(reply.status, 401, "{what}");
        assert_eq!((&reply.bytes, &reply.headers), (&refused.bytes, &refused.headers), "{what}");
    }
    assert!(forged.len() >= 75, "{}", forged.len());
    anyone.with_token(&good).get(ME).await.expect(200);
}

#[tokio::test]
async fn a_good_token_counts_in_one_place_only() {
    let Scene { shop, good, .. } = scene().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    let refused = anyone.get(ME).await.expect(401);
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
        assert_eq!((&reply.bytes, &reply.headers), (&refused.bytes, &refused.headers), "{what}");
    }
    anyone.get(&format!("{ME}?access_token={good}&token={good}")).await.expect(401);
    anyone.with_header("authorization", &format!("bearer {good}")).get(ME).await.expect(200);
}

/// The same request as API Gateway and a load balancer would hand it over.
fn events(authorization: &str) -> [Value; 2] {
    let http_api = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": ME, "rawQueryString": "", "isBase64Encoded": false,
        "headers": {"authorization": authorization, "host": "shop.example"},
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "shop.example", "domainPrefix": "shop", "requestId": "r",
            "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1,
            "http": {"method": "GET", "path": ME, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
        },
    });
    let balancer = json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1"}},
        "httpMethod": "GET", "path": ME, "queryStringParameters": {}, "body": "", "isBase64Encoded": false,
        "headers": {"authorization": authorization, "host": "shop.example", "x-forwarded-for": "192.0.2.1"},
    });
    [http_api, balancer]
}

#[tokio::test]
async fn every_forgery_is_refused_behind_either_front_door() {
    let Scene { shop, good, forged } = scene().await;
    let router = shop.router();
    let status = async |event: Value| {
        let request = from_str(&event.to_string()).unwrap().map(|_| Body::empty());
        router.clone().oneshot(request).await.unwrap().status().as_u16()
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
