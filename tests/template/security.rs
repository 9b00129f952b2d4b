//! Bursts of security events are watched in every function that can log them, and API Gateway's own
//! log names the user of a request.

use std::collections::BTreeMap;

use runtime::SecurityEvent;
use tests::cloudformation::{Template, text};

use crate::functions;

/// What each alarm watches: whose metric, by the event's label.
fn watched_events() -> BTreeMap<String, String> {
    let template = Template::read("infra/security.yaml");
    let alarms = template.resources("AWS::CloudWatch::Alarm").into_iter();
    let watched = alarms.map(|alarm| {
        let name = |property: &str| text(alarm.property(property));
        assert_eq!((name("Namespace"), name("MetricName")), ("Shop".into(), "SecurityEvents".into()));
        let value = |place: usize, name: &str| {
            assert_eq!(text(alarm.property(&format!("Dimensions/{place}/Name"))), name);
            text(alarm.property(&format!("Dimensions/{place}/Value")))
        };
        (value(1, "Event"), value(0, "Function"))
    });
    watched.collect()
}

/// Each function counts them under the name of the shop (shared/runtime/src/metrics/emf.rs), which is what
/// its own name begins with.
#[test]
fn bursts_are_watched_over_all_functions() {
    let expected: BTreeMap<String, String> = [
        SecurityEvent::LoginFailed,
        SecurityEvent::TokenInvalid,
        SecurityEvent::AccessDenied,
        SecurityEvent::RateLimited,
    ]
    .map(|event| (event.as_str().to_owned(), "shop-${Stage}".to_owned()))
    .into();
    assert_eq!(watched_events(), expected);
    for function in functions(&Template::read("template.yaml")).into_values() {
        let name = text(function.property("FunctionName")).replace("${Stage}", "dev");
        assert!(name.starts_with("shop-dev-") && !name.contains("--"), "{name}");
    }
}

/// The edge caches no response of the functions, whoever it is for.
#[test]
fn the_edge_keeps_no_answer_of_the_api() {
    let template = Template::read("infra/site.yaml");
    let distribution = &template.resources("AWS::CloudFront::Distribution")[0];
    let behaviors = distribution.property("DistributionConfig/CacheBehaviors").as_array().expect("behaviours").clone();
    let to_api: Vec<_> = behaviors.iter().filter(|behavior| text(&behavior["TargetOriginId"]) == "api").collect();
    assert!(to_api.iter().any(|behavior| text(&behavior["PathPattern"]) == "/api/*"));
    for behavior in to_api {
        // Managed-CachingDisabled.
        assert_eq!(text(&behavior["CachePolicyId"]), "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "{behavior}");
    }
}

#[test]
fn the_gateways_log_says_whose_request_it_was_and_why_it_was_refused() {
    let template = Template::read("template.yaml");
    let api = &template.resources("AWS::Serverless::HttpApi")[0];
    let format: serde_json::Value =
        serde_json::from_str(&text(api.property("AccessLogSettings/Format"))).expect("JSON");
    for (member, variable) in [
        ("requestId", "$context.requestId"),
        ("route", "$context.routeKey"),
        ("status", "$context.status"),
        ("sub", "$context.authorizer.sub"),
        ("authorizer", "$context.authorizer.error"),
    ] {
        assert_eq!(format[member], variable);
    }
}
