//! Who may call what: every route of every group, as everybody. What must come of it is the route's own word
//! in `web::endpoints!` (docs/routes.md shows them all), so a wrong word fails as a wrong handler does.

use api::{Access, Caller, Route, routes};
use serde_json::json;
use testkit::TestClient;
use tests::SampleWorld;

/// Ending one's session would end the caller's other checks: it has a story of its own.
fn routes_to_ask() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|route| route.operation_id != "log_out")
}

async fn status(world: &SampleWorld, caller: &TestClient, route: &Route) -> u16 {
    let request = world.request(route).await;
    world.send(caller, &request).await.status.as_u16()
}

/// What a caller sees of a route that is not for them; `None` where it is.
fn expected_refusal(access: Access, caller: &str) -> Option<u16> {
    let unknown = ["anonymous", "expired", "revoked", "wrong audience", "no token at all"].contains(&caller);
    match (access, caller) {
        (Access::Anyone, _) | (Access::MaybeCustomer, "anonymous") => None,
        _ if unknown => Some(401),
        (_, "guest") if !access.admits_guests() => Some(403),
        (Access::BuyingOwnerOrAdmin | Access::BuyingOwnerAdminOrLink, "other" | "guest") => Some(404),
        (Access::OwnerOrAdmin | Access::Owner, "other") | (Access::Owner, "admin") => Some(404),
        (Access::Admin, "other" | "owner") => Some(403),
        _ => None,
    }
}

#[tokio::test]
async fn every_caller_gets_what_the_route_says_and_nothing_else() {
    let world = SampleWorld::new().await;
    let shop = &world.anonymous;
    let revoked = world.test_env.customer().await;
    shop.as_user(&revoked).send(http::Method::POST, "/api/users/logout", None).await.expect(204);
    let expired = signed_token(&world, tokens::AUDIENCE, -10);
    let astray = signed_token(&world, "another-api", 3600);
    let callers = [
        ("anonymous", shop.clone()),
        ("expired", shop.with_token(&expired)),
        ("revoked", shop.as_user(&revoked)),
        ("wrong audience", shop.with_token(&astray)),
        ("no token at all", shop.with_token("not.a.token")),
        ("other", shop.as_user(&world.other)),
        ("guest", shop.as_user(&world.guest)),
        ("owner", world.client(Caller::Owner)),
        ("admin", world.client(Caller::Admin)),
    ];
    let mut wrong = Vec::new();
    for route in routes_to_ask() {
        for (caller, client) in &callers {
            let status = status(&world, client, &route).await;
            let right = match expected_refusal(route.access, caller) {
                Some(rejected) => status == rejected,
                None => (200..300).contains(&status),
            };
            if !right {
                wrong.push(format!("{} {} as {caller}: {status}", route.method, route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a guest owns they may use as a customer may, where the route says so.
#[tokio::test]
async fn a_guest_uses_what_they_have_bought() {
    let world = SampleWorld::of_guest().await;
    let (guest, admin) = (world.client(Caller::Owner), world.client(Caller::Admin));
    let (mut asked, mut wrong) = (0, Vec::new());
    for route in routes_to_ask().filter(|route| route.access.needs_token() && route.access.admits_guests()) {
        for (caller, client) in [("guest owner", &guest), ("admin", &admin)] {
            let status = status(&world, client, &route).await;
            asked += 1;
            if !(200..300).contains(&status) {
                wrong.push(format!("{} {} as {caller}: {status}", route.method, route.path));
            }
        }
    }
    assert!(wrong.is_empty() && asked >= 20, "{asked} requests\n{}", wrong.join("\n"));
}

/// Responses to requests with a token are never stored, rejections and "not modified" included; nor
/// are responses to writes. Public responses are revalidated each time.
#[tokio::test]
async fn personal_responses_are_never_cached() {
    let world = SampleWorld::new().await;
    let mut wrong = Vec::new();
    for route in routes_to_ask().filter(|route| route.path.starts_with("/api/")) {
        for (caller, client) in [
            ("anonymous", world.anonymous.clone()),
            ("no token at all", world.anonymous.with_token("not.a.token")),
            ("other", world.anonymous.as_user(&world.other)),
            ("guest", world.anonymous.as_user(&world.guest)),
            ("owner", world.client(Caller::Owner)),
            ("admin", world.client(Caller::Admin)),
        ] {
            let request = world.request(&route).await;
            let reply = world.send(&client, &request).await;
            let public = caller == "anonymous" && route.method == "GET" && !route.access.needs_token();
            let expected = if public { "no-cache" } else { "no-store" };
            let mut seen = vec![(reply.status.as_u16(), reply.header("cache-control").to_owned())];
            let tag = reply.header("etag").to_owned();
            if route.method == "GET" && reply.status == 200 && !tag.is_empty() {
                let again = world.send(&client.with_header("if-none-match", &tag), &request).await.expect(304);
                assert_eq!(
                    (again.header("etag"), again.bytes.len()),
                    (tag.as_str(), 0),
                    "{} as {caller}",
                    request.path
                );
                seen.push((304, again.header("cache-control").to_owned()));
            }
            for (status, said) in seen.into_iter().filter(|(_, said)| said != expected) {
                wrong.push(format!("{} {} as {caller}: {status} says {said}", route.method, route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A token of the shop's own key for the owner's living session.
fn signed_token(world: &SampleWorld, audience: &str, seconds: i64) -> String {
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
