//! Every function and every queue has its alarms, and every alarm its entry in the runbook.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::cloudformation::{Resource, Template, text};
use tests::roles::role_parameters;
use tests::root;

use crate::functions;

const RUNBOOK: &str = "docs/operations.md";
/// The section with an entry per alarm.
const ENTRIES_HEADING: &str = "## Alarms";
const KINDS: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

fn alarms(template: &Template) -> Vec<Resource<'_>> {
    KINDS.iter().flat_map(|kind| template.resources(kind)).collect()
}

/// A heading as a link anchor.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The entries for alarms by anchor, with their text.
fn runbook_entries() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join(RUNBOOK)).expect(RUNBOOK);
    let part = text.split(ENTRIES_HEADING).nth(1).expect(ENTRIES_HEADING);
    let part = part.split("\n## ").next().unwrap_or_default();
    let entries = part.split("\n### ").skip(1).map(|entry| entry.split_once('\n').unwrap_or((entry, "")));
    entries.map(|(heading, body)| (anchor(heading), body.trim().to_owned())).collect()
}

#[test]
fn every_alarm_leads_to_its_entry_and_every_entry_has_an_alarm() {
    let entries = runbook_entries();
    let mut used = BTreeSet::new();
    for template in Template::read_all() {
        for alarm in alarms(&template) {
            let at = format!("{} {}", template.file, alarm.name);
            let description = text(alarm.property("AlarmDescription"));
            let link = description.split_once(&format!("Runbook {RUNBOOK}#")).map(|(_, link)| link.trim());
            let link = link.unwrap_or_else(|| panic!("{at} names no entry: {description}"));
            assert!(entries.contains_key(link), "{at}: {RUNBOOK} has no entry {link}");
            used.insert(link.to_owned());
        }
    }
    assert_eq!(used, entries.keys().cloned().collect(), "left: entries in use, right: entries there");
    for (entry, body) in &entries {
        for part in ["**Means**", "**Look**", "**Do**"] {
            assert!(body.contains(part), "{entry} does not say {part}");
        }
    }
}

#[test]
fn every_alarm_has_an_action() {
    let templates = Template::read_all();
    let rules: String = templates
        .iter()
        .flat_map(|template| template.resources(KINDS[1]))
        .map(|alarm| text(alarm.property("AlarmRule")))
        .collect();
    for template in &templates {
        for alarm in alarms(template) {
            let notifies = alarm.property("AlarmActions").as_array().is_some_and(|actions| !actions.is_empty());
            // A part of a composite alarm reports through it.
            assert!(notifies || rules.contains(&format!("${{{}}}", alarm.name)), "{} {}", template.file, alarm.name);
            assert!(text(alarm.property("AlarmName")).contains("${"), "{} would be there once per account", alarm.name);
        }
    }
}

/// During the first deploy an alarm's metric does not exist yet: no alarm treats that as a failure.
/// One that watches for missing data reports when data stop, and a new stack has none yet.
#[test]
fn no_alarm_fires_while_its_metric_has_no_data() {
    let mut silent = BTreeSet::new();
    for template in Template::read_all() {
        for alarm in template.resources(KINDS[0]) {
            let at = format!("{} {}", template.file, alarm.name);
            let missing = text(alarm.property("TreatMissingData"));
            let notifies =
                alarm.property("InsufficientDataActions").as_array().is_some_and(|notifies| !notifies.is_empty());
            assert!(
                missing == "notBreaching" || (missing == "missing" && notifies),
                "{at} treats missing data as {missing}"
            );
            if missing == "missing" {
                silent.insert(text(alarm.property("MetricName")));
            }
        }
    }
    assert_eq!(silent, BTreeSet::from(["Invocations".to_owned()]), "recovery's silence is watched");
}

#[test]
fn every_function_has_alarms_a_log_with_an_end_and_traces() {
    let of_each = Template::read("infra/function.yaml");
    let metrics: BTreeSet<String> = alarms(&of_each).iter().map(|alarm| text(alarm.property("MetricName"))).collect();
    assert_eq!(metrics, ["Duration", "Errors", "Throttles"].map(str::to_owned).into());
    for alarm in alarms(&of_each) {
        assert_eq!(text(alarm.property("Dimensions/0/Value")), "shop-${Stage}-${Name}", "{}", alarm.name);
    }
    let log = of_each.resources("AWS::Logs::LogGroup")[0];
    assert_eq!(text(log.property("LogGroupName")), "/shop/${Stage}/${Name}");

    let (template, roles) = (Template::read("template.yaml"), Template::read("infra/functions.yaml"));
    let allowances = role_parameters(&roles);
    let functions = functions(&template);
    assert_eq!(functions.keys().collect::<Vec<_>>(), allowances.keys().collect::<Vec<_>>());
    for (folder, function) in functions {
        assert_eq!(text(function.property("LoggingConfig/LogGroup")), format!("/shop/${{Stage}}/{folder}"));
        assert_eq!(function.property("LoggingConfig/LogFormat"), "JSON", "{folder}");
        let slow: u64 = allowances[&folder]["SlowMillis"].parse().expect("milliseconds");
        let timeout = function.property("Timeout").as_u64().expect("a timeout");
        assert_eq!(slow, timeout * 800, "{folder}: four fifths of its timeout");
    }
    assert_eq!(text(&template.document["Globals"]["Function"]["Tracing"]), "Active");
}

#[test]
fn every_log_ends() {
    let mut groups = 0;
    for template in Template::read_all() {
        for group in template.resources("AWS::Logs::LogGroup") {
            groups += 1;
            let days = group.property("RetentionInDays");
            let bounded = days.is_number() || text(days).contains("LogRetentionDays");
            assert!(bounded, "{} {} is kept for ever", template.file, group.name);
        }
    }
    assert!(groups >= 4, "only {groups}");
    let sizes = &Template::read("template.yaml").document["Mappings"]["Sizes"];
    for stage in ["dev", "prod", "small"] {
        assert!(sizes[stage]["LogRetentionDays"].as_u64() <= Some(90), "{stage}");
    }
}

/// Name and namespace of every watched metric.
fn watched_metrics() -> BTreeSet<(String, String)> {
    fn metrics(value: &Value, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(map) => {
                if let (Some(space), Some(name)) = (map.get("Namespace"), map.get("MetricName")) {
                    found.insert((text(space), text(name)));
                }
                map.values().for_each(|value| metrics(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| metrics(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for template in Template::read_all() {
        alarms(&template).iter().for_each(|alarm| metrics(alarm.definition, &mut found));
    }
    found
}

#[test]
fn what_the_shop_promises_is_watched() {
    let watched = watched_metrics();
    for (namespace, metric) in [
        ("Shop", "OutboxAgeSeconds"),
        ("Shop", "OutboxUnreadable"),
        ("Shop", "StuckCheckouts"),
        ("Shop", "RecoveryLagSeconds"),
        ("Shop", "RecoveryFailures"),
        ("Shop", "OrdersPlaced"),
        ("Shop", "SecurityEvents"),
        ("AWS/Lambda", "Invocations"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned"),
        ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"),
        ("AWS/ApiGateway", "Latency"),
    ] {
        assert!(watched.contains(&(namespace.to_owned(), metric.to_owned())), "{namespace} {metric}: {watched:?}");
    }
}

#[test]
fn the_dashboard_is_json_and_shows_the_stage() {
    let template = Template::read("infra/dashboard.yaml");
    let body = text(template.resources("AWS::CloudWatch::Dashboard")[0].property("DashboardBody"));
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let widgets = body["widgets"].as_array().expect("widgets");
    let shown: String = widgets.iter().map(Value::to_string).collect();
    for metric in [
        "OrdersPlaced",
        "SagaStepMillis",
        "CacheHits",
        "OutboxAgeSeconds",
        "PaymentDeclined",
        "StuckCheckouts",
        "SecurityEvents",
    ] {
        assert!(shown.contains(metric), "{metric}");
    }
    for widget in widgets.iter().filter(|widget| widget["type"] == "metric") {
        assert!(!widget["properties"]["title"].as_str().unwrap_or_default().is_empty());
    }
}
