//! With a site, no request bypasses it: neither through the HTTP API nor through the load balancer,
//! so the site's firewall cannot be bypassed.

use std::collections::BTreeMap;

use api_client::call_router;
use axum::Router;
use axum::body::Body;
use http::{HeaderValue, StatusCode, header};
use lambda_harness::stored_events;
use runtime::{Clock, Env};
use serde_json::Value;
use tests::cloudformation::{Template, text};
use web::{HttpStack, OriginKey};

use crate::functions;
use crate::variables::{LAMBDA, values};

const KEY: &str = "shown by the edge";
const REFUSED: (StatusCode, &str) = (StatusCode::FORBIDDEN, "not_through_the_edge");

/// The router of a group as in AWS, with the variables of the template; no store is available.
fn router(group: &str, env: &Env) -> Router {
    let clock = Clock::system();
    let stack = HttpStack::from_env(env, clock.clone()).expect("a door");
    macro_rules! one_of {
        ($($name:ident: $about:literal,)+) => {
            match group {
                $(stringify!($name) => {
                    api::$name::router(api::$name::App::from_env(env, &clock).expect("an app"), &stack)
                })+
                other => panic!("{other} is no group that this test knows"),
            }
        };
    }
    api::for_each_group!(one_of)
}

fn routers_behind_the_edge() -> BTreeMap<String, Router> {
    let template = Template::read("template.yaml");
    let shared = template.document["Globals"]["Function"]["Environment"]["Variables"].as_object().expect("variables");
    let mut groups = BTreeMap::new();
    for (folder, function) in functions(&template) {
        let own = function.property("Environment/Variables").as_object().cloned().unwrap_or_default();
        if !own.contains_key("EDGE_KEY_SECRET") {
            continue;
        }
        let mut values = values(shared.keys().chain(own.keys()).cloned());
        values.insert("EDGE_KEY".to_owned(), KEY.to_owned());
        let env = Env::from_iter(values.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(LAMBDA));
        groups.insert(folder.clone(), router(&folder, &env));
    }
    groups
}

/// The response's status and error code.
async fn send(router: &Router, request: http::Request<Body>) -> (StatusCode, String) {
    let response = call_router(router, request).await.expect("a response");
    (response.status, response.error_code())
}

/// An event of any source as the router gets it.
fn request_from_event(event: &Value, shown: Option<&'static str>) -> http::Request<Body> {
    let request =
        lambda_http::request::from_str(&event.to_string()).expect("an event of the gateway or the load balancer");
    let (mut parts, body) = request.into_parts();
    if let Some(key) = shown {
        parts.headers.insert(OriginKey::HEADER, HeaderValue::from_static(key));
    }
    // Requests with a token are rejected as well.
    parts.headers.entry(header::AUTHORIZATION).or_insert(HeaderValue::from_static("Bearer forged"));
    http::Request::from_parts(parts, Body::from(body.to_vec()))
}

#[tokio::test]
async fn requests_past_the_edge_are_refused_by_every_route_behind_api_gateway_and_alb() {
    let groups = routers_behind_the_edge();
    assert_eq!(groups.len(), api::GROUPS.len());
    let (mut rejected, mut healthy) = (0, 0);
    for (path, event) in stored_events::all_events() {
        let Some(router) = path.split('/').next().and_then(|group| groups.get(group)) else { continue };
        let is_health = path.contains("_health.");
        for shown in [None, Some(""), Some("a guess")] {
            let response = send(router, request_from_event(&event, shown)).await;
            if is_health {
                assert_eq!(response.0, StatusCode::OK, "{path}: a load balancer asks for it by itself");
                healthy += 1;
            } else {
                assert_eq!((response.0, response.1.as_str()), REFUSED, "{path} showing {shown:?}");
                rejected += 1;
            }
        }
    }
    assert!(rejected >= 3 * 44 && healthy >= 3 * api::GROUPS.len(), "{rejected} refused, {healthy} healthy");
}

#[tokio::test]
async fn what_comes_through_the_edge_meets_the_router() {
    let get = |path: String, shown: Option<&'static str>| {
        let mut request = http::Request::get(path).body(Body::empty()).expect("a request");
        if let Some(key) = shown {
            request.headers_mut().insert(OriginKey::HEADER, HeaderValue::from_static(key));
        }
        request
    };
    for (group, router) in routers_behind_the_edge() {
        let nowhere = format!("/api/{group}/no/such/page");
        let response = send(&router, get(nowhere.clone(), Some(KEY))).await;
        assert_eq!((response.0, response.1.as_str()), (StatusCode::NOT_FOUND, "not_found"), "{group}");
        let response = send(&router, get(nowhere, None)).await;
        assert_eq!((response.0, response.1.as_str()), REFUSED, "{group}");
        // A request that pings stores is no health check.
        let response = send(&router, get(format!("/api/{group}/ready"), None)).await;
        assert_eq!((response.0, response.1.as_str()), REFUSED, "{group}");
    }
}

#[test]
fn the_edge_shows_the_key_that_functions_ask_for() {
    let site = Template::read("infra/site.yaml");
    let distribution = site.resources("AWS::CloudFront::Distribution")[0];
    let origins = distribution.property("DistributionConfig/Origins").as_array().expect("origins").clone();
    let api = origins.iter().find(|origin| origin["Id"] == "api").expect("the API's");
    let headers = api["OriginCustomHeaders"].as_array().expect("headers");
    let names: Vec<String> = headers.iter().map(|header| text(&header["HeaderName"]).to_lowercase()).collect();
    assert_eq!(names, [OriginKey::HEADER.as_str()]);
    assert_eq!(text(&headers[0]["HeaderValue"]), "{{resolve:secretsmanager:${EdgeKeySecretArn}:SecretString}}");

    // One secret for both, and both read it again when it is changed.
    let template = Template::read("template.yaml");
    let passed = template.nested("infra/site.yaml")["Site"].clone();
    let secret = "${Keys.Outputs.EdgeKeySecretArn}";
    assert_eq!(text(&passed["EdgeKeySecretArn"]), secret);
    let version = text(&passed["EdgeKeyVersion"]);
    assert_eq!(version, "${EdgeKeyVersion}");
    assert!(text(distribution.property("DistributionConfig/Comment")).contains(&version), "else it is not read again");
    for function in functions(&template).into_values() {
        let key = function.property("Environment/Variables/EDGE_KEY_SECRET");
        assert!(key.is_null() || text(key) == secret, "{}", function.name);
    }
    let shared = &template.document["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(text(&shared["EDGE_KEY_VERSION"]), version);
    // There is always a site, so there is always an edge.
    assert!(
        template
            .resources("AWS::CloudFormation::Stack")
            .iter()
            .any(|s| s.name == "Site" && s.definition["Condition"].is_null())
    );
}

#[test]
fn a_firewall_without_anything_behind_it_is_refused() {
    let template = Template::read("template.yaml");
    let rule = &template.document["Rules"]["FirewallNeedsABalancer"];
    assert_eq!(rule["RuleCondition"], serde_json::json!({"Fn::Equals": [{"Ref": "Waf"}, "yes"]}));
    let assertion = &rule["Assertions"][0]["Assert"];
    let without = serde_json::json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "FrontDoor"}, "http-api"]}]});
    assert_eq!(assertion, &without);
    // The other values of the parameter have a load balancer.
    let balancer = template.document["Conditions"]["HasBalancer"].clone();
    assert_eq!(balancer, without);
    let passed = template.nested("infra/alb.yaml")["Balancer"].clone();
    assert_eq!(text(&passed["Waf"]), "${Waf}");
}
