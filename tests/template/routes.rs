//! Routers ⇄ routes of the HTTP API ⇄ rules of the load balancer ⇄ CloudFront ⇄ stored events.

use std::collections::{BTreeMap, BTreeSet};

use api::routes;
use api_client::{ApiClient, ApiRequest, ApiResponse};
use axum::Router;
use http::{Method, header};
use lambda_harness::stored_events;
use runtime::{Clock, Env};
use serde_json::{Value, json};
use tests::cloudformation::{Template, text};
use tests::root;

use crate::functions;

/// Function, method, path and whether a token is needed.
type Route = (String, String, String, bool);

#[test]
fn the_gateway_has_exactly_the_routers_routes() {
    let template = Template::read("template.yaml");
    let mut there = BTreeSet::<Route>::new();
    for (folder, function) in functions(&template) {
        for (name, event) in function.property("Events").as_object().into_iter().flatten() {
            if event["Type"] != "HttpApi" {
                continue;
            }
            let of = |member: &str| text(&event["Properties"][member]);
            assert_eq!(of("ApiId"), "${Api}", "{folder} {name}");
            let authorizer = &event["Properties"]["Auth"]["Authorizer"];
            assert!(authorizer.is_null() || authorizer == "NONE", "{folder} {name}");
            there.insert((folder.clone(), of("Method"), of("Path"), authorizer.is_null()));
        }
    }
    let expected: BTreeSet<Route> =
        routes().into_iter().map(|r| (r.group, r.method, r.path, !r.access.admits_without_token())).collect();
    let lacking: Vec<_> = expected.difference(&there).collect();
    let surplus: Vec<_> = there.difference(&expected).collect();
    assert!(lacking.is_empty() && surplus.is_empty(), "lacking {lacking:#?}, surplus {surplus:#?}");
}

#[test]
fn what_needs_a_token_meets_the_authorizer_and_paths_keep_no_stage() {
    let template = Template::read("template.yaml");
    let apis = template.resources("AWS::Serverless::HttpApi");
    assert_eq!(apis.len(), 1);
    let api = apis[0];
    assert_eq!(api.property("StageName"), "$default", "a named stage would be part of every path");
    assert_eq!(api.property("FailOnWarnings"), false, "a warning would take the whole stack back");
    let default = api.property("Auth/DefaultAuthorizer").as_str().expect("a default authorizer");
    let authorizer = &api.property("Auth/Authorizers")[default];
    assert_eq!(text(&authorizer["FunctionArn"]), "${Authorizer.Arn}");
    assert_eq!(authorizer["AuthorizerPayloadFormatVersion"], "2.0");
    assert_eq!(authorizer["EnableSimpleResponses"], true);
    assert_eq!(authorizer["Identity"]["Headers"], json!(["Authorization"]));
}

/// `*` matches any characters, as in rules of load balancers and of CloudFront.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, "")) => path.starts_with(start),
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| matches_pattern(rest, &tail[at..]))
        }),
    }
}

/// Patterns and their functions.
fn load_balancer_rules() -> BTreeMap<String, String> {
    let (balancer, group) = (Template::read("infra/alb.yaml"), Template::read("infra/alb-group.yaml"));
    let rule = group.resources("AWS::ElasticLoadBalancingV2::ListenerRule")[0];
    let patterns: Vec<Value> =
        rule.property("Conditions/0/PathPatternConfig/Values").as_array().expect("patterns").clone();
    let stacks = Template::read("template.yaml");
    let passed = stacks.nested("infra/alb.yaml")["Balancer"].clone();
    let mut rules = BTreeMap::new();
    for parameters in balancer.nested("alb-group.yaml").into_values() {
        let name = text(&parameters["Group"]);
        // The parameter of the load balancer's stack, and the value in the root template.
        let parameter = text(&parameters["FunctionArn"]).replace(['$', '{', '}'], "");
        assert_eq!(text(&passed[&parameter]), format!("${{{}.Alias}}", crate::logical_id(&name)), "{name}'s target");
        for pattern in &patterns {
            let text = match pattern["Fn::If"][1].get("Ref") {
                Some(beside) => match parameters.get(beside.as_str().unwrap()) {
                    Some(beside) => text(beside),
                    None => continue,
                },
                None => text(pattern).replace("${Group}", &name),
            };
            rules.insert(text, name.clone());
        }
    }
    rules
}

#[test]
fn the_load_balancer_leads_every_route_to_its_function_alone() {
    let rules = load_balancer_rules();
    for route in routes() {
        let path = route.sample_path();
        let led: BTreeSet<_> = rules.iter().filter(|(pattern, _)| matches_pattern(pattern, &path)).collect();
        let to: BTreeSet<&String> = led.iter().map(|(_, function)| *function).collect();
        assert_eq!(to, BTreeSet::from([&route.group]), "{path} is led by {led:?}");
    }
    // Unknown paths are not routed, even with a similar beginning.
    for path in ["/", "/api", "/api/userservice", "/api/nothing/1", "/health", "/.well-known/other"] {
        assert!(!rules.keys().any(|pattern| matches_pattern(pattern, path)), "{path}");
    }
}

#[test]
fn every_target_group_asks_for_its_functions_health() {
    let group = Template::read("infra/alb-group.yaml");
    let targets = group.resources("AWS::ElasticLoadBalancingV2::TargetGroup")[0];
    assert_eq!(targets.property("HealthCheckEnabled"), true);
    let path = text(targets.property("HealthCheckPath"));
    let healths: BTreeSet<String> = routes().into_iter().map(|r| r.path).filter(|p| p.ends_with("/health")).collect();
    let asked: BTreeSet<String> = load_balancer_rules().values().map(|name| path.replace("${Group}", name)).collect();
    assert_eq!(asked, healths);
}

#[test]
fn cloudfront_takes_the_api_to_the_api_and_pages_to_the_files() {
    let site = Template::read("infra/site.yaml");
    let distribution = site.resources("AWS::CloudFront::Distribution")[0];
    let behaviours = distribution.property("DistributionConfig/CacheBehaviors").as_array().expect("behaviours");
    let to_api = |path: &str| {
        let first = behaviours.iter().find(|one| matches_pattern(one["PathPattern"].as_str().unwrap(), path));
        first.filter(|one| one["TargetOriginId"] == "api")
    };
    for route in routes() {
        let path = route.sample_path();
        let behaviour = to_api(&path).unwrap_or_else(|| panic!("{path} is taken for a file"));
        let methods = behaviour["AllowedMethods"].as_array().expect("methods");
        assert!(methods.contains(&json!(route.method)), "{} {path}", route.method);
    }
    for path in ["/", "/products/1", "/openapi.json", "/docs", "/health", "/apis"] {
        assert!(to_api(path).is_none(), "{path}");
    }
}

#[test]
fn the_gateways_answer_to_a_preflight_is_the_functions_own() {
    let template = Template::read("template.yaml");
    let cors = template.resources("AWS::Serverless::HttpApi")[0].property("CorsConfiguration").clone();
    let origin = "https://shop.example.com";
    let stack =
        web::HttpStack::from_env(&Env::from_iter([("ALLOWED_ORIGINS", origin)]), Clock::system()).expect("a door");
    let client = ApiClient::for_router(web::with_middleware(Router::new(), &stack))
        .with_header("origin", origin)
        .with_header("access-control-request-method", "PUT");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let send = |method| runtime.block_on(client.try_send(&ApiRequest::new(method, "/api/products"))).unwrap();
    let (preflight, plain) = (send(Method::OPTIONS), send(Method::GET));
    let header_values = |response: &ApiResponse, name: header::HeaderName| -> BTreeSet<String> {
        let header = response.headers.get(&name).unwrap_or_else(|| panic!("{name} is missing"));
        header.to_str().unwrap().split(',').map(|item| item.trim().to_lowercase()).collect()
    };
    let said = |name: &str| -> BTreeSet<String> {
        cors[name].as_array().expect(name).iter().map(|item| item.as_str().unwrap().to_lowercase()).collect()
    };
    assert_eq!(said("AllowMethods"), header_values(&preflight, header::ACCESS_CONTROL_ALLOW_METHODS));
    assert_eq!(said("AllowHeaders"), header_values(&preflight, header::ACCESS_CONTROL_ALLOW_HEADERS));
    assert_eq!(said("ExposeHeaders"), header_values(&plain, header::ACCESS_CONTROL_EXPOSE_HEADERS));
    assert_eq!(BTreeSet::from([cors["MaxAge"].to_string()]), header_values(&preflight, header::ACCESS_CONTROL_MAX_AGE));
}

#[test]
fn what_is_generated_from_the_routes_is_up_to_date() {
    let files = api::generated_files(&root(), &api::GROUPS, &routes()).unwrap_or_else(|problem| panic!("{problem}"));
    for (file, text) in files {
        let stored = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(stored == text, "{file} is out of date: run `make routes`");
    }
}

#[test]
fn the_stored_events_are_those_of_the_code() {
    let stale = stored_events::stale_paths(&root().join("events")).expect("events/");
    assert!(stale.is_empty(), "run `make events`: {stale:?}");
}

/// No event source encodes JSON: a load balancer treats it as text, as API Gateway does.
#[test]
fn stored_requests_have_their_json_as_text() {
    let mut balanced = 0;
    for (path, event) in stored_events::all_events() {
        let Some(encoded) = event.get("isBase64Encoded") else { continue };
        assert_eq!(encoded, false, "{path}");
        let body = event["body"].as_str().unwrap_or_default();
        assert!(body.is_empty() || serde_json::from_str::<Value>(body).is_ok_and(|body| body.is_object()), "{path}");
        balanced += usize::from(path.ends_with(".alb.json") && !body.is_empty());
    }
    assert!(balanced >= 6, "only {balanced} load balancer's events have a body");
}

#[test]
fn every_function_has_an_event_of_every_kind_that_reaches_it() {
    let all = stored_events::all_events();
    let template = Template::read("template.yaml");
    for (folder, function) in functions(&template) {
        let of = |ending: &str| {
            let prefix = format!("{folder}/");
            all.keys().filter(|path| path.starts_with(&prefix) && path.ends_with(ending)).count()
        };
        assert!(of(".json") > 0, "{folder} has no stored event");
        let kinds: BTreeSet<&str> = function
            .property("Events")
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, event)| event["Type"].as_str())
            .collect();
        if kinds.contains("HttpApi") {
            assert_eq!((of(".rest.json"), of(".alb.json")), (1, 1), "{folder}'s other event sources");
        }
        if kinds.contains("SQS") {
            assert_eq!(of("batch.json"), 1, "{folder}'s batch");
        }
    }
}

#[test]
fn the_edge_hands_cookies_to_the_api_and_keeps_none_of_its_answers() {
    let template = Template::read("infra/site.yaml");
    let distribution = template.resources("AWS::CloudFront::Distribution")[0];
    let behaviours = distribution.property("DistributionConfig/CacheBehaviors").as_array().expect("behaviours");
    let api = behaviours.iter().find(|behaviour| behaviour["PathPattern"] == "/api/*").expect("the API's");
    // Managed-AllViewerExceptHostHeader, which sends every cookie, and Managed-CachingDisabled.
    assert_eq!(api["OriginRequestPolicyId"], "b689b0a8-53d0-40ab-baf2-68738e2966ac");
    assert_eq!(api["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    // The cookie is for the storefront's own origin: no other one may send it.
    let template = Template::read("template.yaml");
    let cors = template.resources("AWS::Serverless::HttpApi")[0].property("CorsConfiguration");
    assert!(cors.get("AllowCredentials").is_none(), "{cors}");
}

#[test]
fn no_front_door_leads_to_the_operator() {
    let template = Template::read("template.yaml");
    let operator = functions(&template)["operator"];
    for property in ["Events", "FunctionUrlConfig"] {
        assert!(operator.property(property).is_null(), "{property}");
    }
    for template in Template::read_all() {
        for permission in template.resources("AWS::Lambda::Permission") {
            assert!(!permission.definition.to_string().contains("Operator"), "{} {}", template.file, permission.name);
        }
    }
    // The load balancer gets the functions that it serves.
    let balanced = &Template::read("infra/alb.yaml").document["Parameters"];
    assert!(balanced.get("Users").is_some() && balanced.get("Operator").is_none(), "{balanced}");
}
