//! The authorizer as the HTTP API calls it: tokens with the shop's signature pass, nothing else.

use authorizer::{App, AuthorizerRequest, authorize, handle};
use domain::{SessionId, Timestamp, UserId};
use lambda_events::{HOST, REQUEST_ID, SOURCE_IP, authorizer_event};
use runtime::{Clock, Env};
use serde_json::{Value, json};
use testkit::invalid_tokens::{malformed_tokens, wrong_claims, wrong_headers, wrong_keys};
use testkit::{LogCapture, TokenForge};
use tokens::{KeySet, PublicKey};

const USER: i32 = 7;

/// An authorizer with these keys.
fn authorizer_with_keys(keys: &[&PublicKey]) -> App {
    let keys = KeySet { keys: keys.iter().map(|key| (*key).clone()).collect() };
    App::from_env(&Env::from_iter([("TOKEN_KEYS", serde_json::to_string(&keys).unwrap())])).unwrap()
}

fn token_forge(private: &str, at: Timestamp) -> TokenForge {
    TokenForge::new(private, UserId::new(USER), SessionId::new(Clock::system().new_uuid()), at)
}

/// The response to a request with this header, as the gateway reads it.
fn authorize_header(app: &App, authorization: Option<&str>) -> Value {
    serde_json::to_value(authorize(app, &request(authorization))).unwrap()
}

fn request(authorization: Option<&str>) -> AuthorizerRequest {
    let headers: Vec<_> = authorization.map(|value| ("authorization", value)).into_iter().collect();
    with_headers(&headers)
}

fn with_headers(more: &[(&str, &str)]) -> AuthorizerRequest {
    let always = [("host", HOST), ("x-forwarded-for", SOURCE_IP)];
    serde_json::from_value(authorizer_event(&[&always, more].concat())).unwrap()
}

/// In the same form as the functions write it, so that one query finds both.
#[tokio::test]
async fn the_security_log_has_the_reason_of_a_rejection_and_nothing_of_the_token() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let (app, clock, logs) = (authorizer_with_keys(&[&public]), Clock::system(), LogCapture::start());
    let good = token_forge(&private, clock.now()).valid_token();
    let stranger = token_forge(&tokens::generate_key_pair().unwrap().0, clock.now()).valid_token();
    for (header, event, why) in [
        (Some(format!("Bearer {stranger}")), "token_refused", "the key is unknown"),
        (Some("Bearer c4n4ry".to_owned()), "token_refused", "the token's header is not ours"),
        (Some("Basic c4n4ry".to_owned()), "token_refused", "the scheme is not Bearer"),
        (None, "token_missing", "there is no token"),
    ] {
        handle(&app, &request(header.as_deref()), &clock).await;
        let logged = logs.security_events().pop().unwrap();
        assert_eq!((&logged["security.event"], &logged["security.reason"]), (&json!(event), &json!(why)));
        assert_eq!((&logged["http.method"], &logged["http.route"]), (&json!("GET"), &json!("/api/users/me")));
        // The request id of the gateway's access log.
        assert_eq!(logged["span"]["request.id"], REQUEST_ID);
    }
    handle(&app, &request(Some(&format!("Bearer {good}"))), &clock).await;
    assert_eq!(logs.security_events().len(), 4, "a valid token is not logged");
    let text = logs.text();
    assert!(
        ["c4n4ry", SOURCE_IP, stranger.as_str(), good.as_str()].iter().all(|secret| !text.contains(secret)),
        "{text}"
    );
}

fn is_authorized(app: &App, token: &str) -> bool {
    authorize_header(app, Some(&format!("Bearer {token}")))["isAuthorized"] == true
}

#[test]
fn a_valid_token_is_authorized_with_its_subject() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let good = token_forge(&private, Clock::system().now()).valid_token();
    let response = authorize_header(&authorizer_with_keys(&[&public]), Some(&format!("Bearer {good}")));
    assert_eq!(response, json!({"isAuthorized": true, "context": {"sub": USER.to_string()}}));
    assert!(
        authorize_header(&authorizer_with_keys(&[&public]), Some(&format!("bearer {good}")))["isAuthorized"] == true
    );
}

#[test]
fn every_invalid_token_is_rejected() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let app = authorizer_with_keys(&[&public]);
    let forge = token_forge(&private, Clock::system().now());
    let others =
        TokenForge::new(&private, UserId::new(8), SessionId::new(Clock::system().new_uuid()), Clock::system().now());
    let mut forged = wrong_headers(&forge);
    forged.extend(wrong_keys(&forge));
    forged.extend(wrong_claims(&forge));
    forged.extend(malformed_tokens(&forge, &others.valid_token()));
    assert!(forged.len() >= 70, "{}", forged.len());
    for (what, token) in &forged {
        let response = authorize_header(&app, Some(&format!("Bearer {token}")));
        assert_eq!(response, json!({"isAuthorized": false, "context": {}}), "{what}");
    }
    assert!(is_authorized(&app, &forge.valid_token()));
}

#[test]
fn a_valid_token_is_accepted_in_one_form_only() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let app = authorizer_with_keys(&[&public]);
    let good = token_forge(&private, Clock::system().now()).valid_token();
    let twice = format!("Bearer {good},Bearer {good}");
    for header in [good.as_str(), "Bearer", "", &format!("Basic {good}"), &format!("Bearer  {good}"), &twice] {
        assert_eq!(authorize_header(&app, Some(header))["isAuthorized"], false, "{header}");
    }
    assert_eq!(authorize_header(&app, None)["isAuthorized"], false);
}

/// `sam local start-api` sends names as the client wrote them.
#[test]
fn the_headers_name_is_found_in_any_case_and_once() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let app = authorizer_with_keys(&[&public]);
    let good = format!("Bearer {}", token_forge(&private, Clock::system().now()).valid_token());
    let allowed = |headers: &[(&str, &str)]| serde_json::to_value(authorize(&app, &with_headers(headers))).unwrap();
    for name in ["authorization", "Authorization", "AUTHORIZATION"] {
        assert_eq!(allowed(&[(name, &good)])["isAuthorized"], true, "{name}");
        assert_eq!(allowed(&[(name, "Bearer forged")])["isAuthorized"], false, "{name}");
    }
    assert_eq!(allowed(&[("authorization", &good), ("Authorization", &good)])["isAuthorized"], false);
}

/// The functions tell its owner to sign in again; the gateway would only send a 403.
#[test]
fn an_expired_token_is_left_to_the_functions() {
    let (private, public) = tokens::generate_key_pair().unwrap();
    let yesterday = Clock::system().now().plus_seconds(-86_400);
    assert!(is_authorized(&authorizer_with_keys(&[&public]), &token_forge(&private, yesterday).valid_token()));
}

/// First the new key is published everywhere, then it signs, then the old one is removed.
#[test]
fn a_key_is_replaced_without_rejecting_a_valid_token_at_any_moment() {
    let ((old, old_public), (new, new_public)) =
        (tokens::generate_key_pair().unwrap(), tokens::generate_key_pair().unwrap());
    let now = Clock::system().now();
    let (before, after) = (token_forge(&old, now).valid_token(), token_forge(&new, now).valid_token());
    let announced = authorizer_with_keys(&[&old_public, &new_public]);
    assert!(is_authorized(&announced, &before) && is_authorized(&announced, &after));
    let done = authorizer_with_keys(&[&new_public]);
    assert!(!is_authorized(&done, &before) && is_authorized(&done, &after));
    // The order of the set does not matter.
    let turned = authorizer_with_keys(&[&new_public, &old_public]);
    assert!(is_authorized(&turned, &before) && is_authorized(&turned, &after));
}

#[test]
fn without_keys_the_authorizer_does_not_start() {
    let unset = App::from_env(&Env::default()).err().unwrap();
    assert!(unset.to_string().contains("TOKEN_KEYS"), "{unset}");
    for bad in ["", "[]", "{}", r#"{"keys":[{"kty":"RSA"}]}"#] {
        assert!(App::from_env(&Env::from_iter([("TOKEN_KEYS", bad)])).is_err(), "{bad}");
    }
}
