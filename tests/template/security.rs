//! Bursts of security events are watched in every function that can log them, and API Gateway's own
//! log names the user of a request.

use std::collections::{BTreeMap, BTreeSet};

use runtime::SecurityEvent;
use tests::cloudformation::{Template, text};

use crate::{function_folders, functions, manifest_dependencies};

/// A CloudWatch metric alarm adds up at most this many metrics.
const MAX_METRICS_PER_ALARM: usize = 10;

/// The sums of each alarm: functions by the event's label.
fn watched_events() -> BTreeMap<String, BTreeSet<String>> {
    let template = Template::read("infra/security.yaml");
    let mut watched: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alarm in template.resources("AWS::CloudWatch::Alarm") {
        let metrics = alarm.property("Metrics").as_array().expect("metrics").clone();
        let sources: Vec<_> = metrics.iter().filter(|metric| metric["ReturnData"] == false).collect();
        assert!(sources.len() <= MAX_METRICS_PER_ALARM, "{}", alarm.name);
        for source in sources {
            let metric = &source["MetricStat"]["Metric"];
            assert_eq!(
                (text(&metric["Namespace"]), text(&metric["MetricName"])),
                ("Shop".into(), "SecurityEvents".into())
            );
            let value = |place: usize, name: &str| {
                assert_eq!(text(&metric["Dimensions"][place]["Name"]), name);
                text(&metric["Dimensions"][place]["Value"])
            };
            let function = value(0, "Function");
            let function = function.strip_prefix("shop-${Stage}-").expect("the function's name").to_owned();
            assert!(watched.entry(value(1, "Event")).or_default().insert(function), "{} counts twice", alarm.name);
        }
    }
    watched
}

fn with_functions<const N: usize>(of: &BTreeSet<String>, more: [&str; N]) -> BTreeSet<String> {
    of.iter().cloned().chain(more.map(str::to_owned)).collect()
}

#[test]
fn bursts_are_watched_in_every_function_that_can_tell_of_them() {
    let groups: BTreeSet<String> =
        function_folders().into_iter().filter(|function| manifest_dependencies(function).contains("web")).collect();
    assert!(groups.len() >= api::GROUPS.len(), "{groups:?}");
    let watched = watched_events();
    let expected: BTreeMap<_, _> = [
        (SecurityEvent::LoginFailed, BTreeSet::from(["users".to_owned()])),
        (SecurityEvent::TokenInvalid, with_functions(&groups, ["authorizer"])),
        (SecurityEvent::AccessDenied, groups.clone()),
        // Mails are limited where they are sent.
        (SecurityEvent::RateLimited, with_functions(&groups, ["notification-worker", "recovery"])),
    ]
    .map(|(event, functions)| (event.as_str().to_owned(), functions))
    .into();
    assert_eq!(watched, expected);
    let deployed: BTreeSet<_> = functions(&Template::read("template.yaml")).into_keys().collect();
    assert!(watched.values().all(|functions| functions.is_subset(&deployed)));
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
