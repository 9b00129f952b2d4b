//! Tokens that differ from valid ones, each with its flaw. Every reader of tokens must reject them:
//! each function, and the authorizer before them.

use serde_json::{Value, json};

use crate::token_forge::{TokenForge, base64url};

/// Headers that the shop does not write.
///
/// # Panics
/// Never: the forge has a `kid`.
pub fn wrong_headers(forge: &TokenForge) -> Vec<(&'static str, String)> {
    let with = |changes: Value| forge.with_header(changes);
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
        ("alg twice", forge.sign_text(&twice, &forge.payload.to_string())),
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
        ("header no object", forge.sign(&json!(["EdDSA", "JWT", kid]), &forge.payload)),
    ]
}

/// Signatures of other keys and algorithms.
pub fn wrong_keys(forge: &TokenForge) -> Vec<(&'static str, String)> {
    let public = forge.public_key();
    vec![
        ("HS256 with our public key", forge.hmac_with_secret(&public)),
        ("HS256 with our public key in base64", forge.hmac_with_secret(base64url(&public).as_bytes())),
        ("HS256 with nothing", forge.hmac_with_secret(b"")),
        ("ES256", forge.signed_with_es256()),
        ("a stranger's key under our kid", forge.signed_by_foreign_key(json!({}))),
        ("a stranger's key, offered as jwk", forge.signed_by_foreign_key(json!({"jwk": forge.foreign_public_key()}))),
        ("a stranger's key, offered by jku", forge.signed_by_foreign_key(json!({"jku": "https://evil.example/k"}))),
    ]
}

/// Claims that no valid token has, at any time and for any user.
pub fn wrong_claims(forge: &TokenForge) -> Vec<(&'static str, String)> {
    let with = |changes: Value| forge.with_claims(changes);
    let exp = forge.payload["exp"].to_string();
    let twice = forge.payload.to_string().replacen('{', r#"{"role":"admin","#, 1);
    vec![
        ("iss of another", with(json!({"iss": "another"}))),
        ("no iss", with(json!({"iss": null}))),
        ("aud of another", with(json!({"aud": "another-api"}))),
        ("aud a list", with(json!({"aud": ["shop-api", "another-api"]}))),
        ("no aud", with(json!({"aud": null}))),
        ("exp as text", with(json!({"exp": exp}))),
        ("exp beyond 2^63", with(json!({"exp": 9_223_372_036_854_775_808_u64}))),
        ("no exp", with(json!({"exp": null}))),
        ("no sub", with(json!({"sub": null}))),
        ("sub a number", with(json!({"sub": 7}))),
        ("sub zero", with(json!({"sub": "0"}))),
        ("sub with a sign", with(json!({"sub": "+7"}))),
        ("no session", with(json!({"jti": null}))),
        ("a session's key pattern", with(json!({"jti": "*"}))),
        ("a role that there is not", with(json!({"role": "root"}))),
        ("no role", with(json!({"role": null}))),
        ("a role twice", forge.sign_text(&forge.header.to_string(), &twice)),
        ("payload no object", forge.sign(&forge.header, &json!([]))),
        ("payload no JSON", forge.sign_text(&forge.header.to_string(), "payload")),
        ("5 KB of a claim", with(json!({"more": "x".repeat(5000)}))),
    ]
}

/// Tokens that are no tokens, or parts of several. `others` is another user's valid one.
///
/// # Panics
/// When that is no token.
pub fn malformed_tokens(forge: &TokenForge, others: &str) -> Vec<(&'static str, String)> {
    let good = &forge.valid_token();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("a token has three parts") };
    let mut raised = forge.payload.clone();
    raised["role"] = json!("admin");
    let raised = base64url(raised.to_string());
    // The last character of 64 bytes in base64 carries two bits; the others must be zero.
    let last = signature.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let sloppy = format!("{}{next}", &signature[..signature.len() - 1]);
    let others = others.split('.').nth(1).unwrap();
    vec![
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("null", "null".to_owned()),
        ("no signature", format!("{header}.{payload}")),
        ("an empty signature", format!("{header}.{payload}.")),
        ("a cut signature", good[..good.len() - 2].to_owned()),
        ("a zero signature", format!("{header}.{payload}.{}", base64url([0; 64]))),
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
