//! CloudWatch's embedded metric format: a line of JSON on standard output, from which CloudWatch
//! Logs makes metrics. One line for each label that was used, none if nothing was measured.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::Ordering;

use domain::Timestamp;
use serde_json::{Map, Value, json};

use super::{ALERT_METRICS, ALERTS_ONLY, ALL_METRICS, FUNCTION_NAME, Metric, MetricKind, Series, lock_series};

const NAMESPACE: &str = "Shop";
/// What all functions count as one: an alarm takes ten metrics, and there are more functions.
const SHOP_METRICS: [&str; 1] = ["SecurityEvents"];

/// Exports what was measured since the last call. Called at the end of each invocation, since the
/// platform may stop the process for good after it. No effect outside of Lambda.
pub fn flush(now: Timestamp) {
    let Some(function) = FUNCTION_NAME.get() else { return };
    let mut measured = std::mem::take(&mut *lock_series());
    if ALERTS_ONLY.load(Ordering::Relaxed) {
        measured.retain(|(name, _), series| is_alert(name, series));
    }
    if measured.is_empty() {
        return;
    }
    let mut text = String::new();
    for line in emf_lines(function, &measured, now) {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    // There is nowhere to report a closed standard output.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn is_alert(name: &str, series: &Series) -> bool {
    ALERT_METRICS.contains(&name) && series.sum > 0.0
}

/// `shop-dev-orders` is a function of `shop-dev`: template.yaml names them all so.
fn shop_name(function: &str) -> &str {
    let end = function.match_indices('-').nth(1).map_or(function.len(), |(at, _)| at);
    &function[..end]
}

/// Series that share their dimensions share a line.
pub(super) fn emf_lines(function: &str, measured: &BTreeMap<super::SeriesKey, Series>, now: Timestamp) -> Vec<Value> {
    let mut by_label: BTreeMap<(&str, &str), Vec<(&Metric, &Series)>> = BTreeMap::new();
    for ((name, value), series) in measured {
        let Some(measure) = ALL_METRICS.iter().find(|measure| measure.name == *name) else { continue };
        by_label.entry((measure.label.unwrap_or_default(), *value)).or_default().push((measure, series));
    }
    by_label.into_iter().map(|((label, value), series)| emf_line(function, label, value, &series, now)).collect()
}

fn emf_line(function: &str, label: &str, value: &str, series: &[(&Metric, &Series)], now: Timestamp) -> Value {
    let mut members = Map::new();
    let of_whole_shop = series.iter().all(|(metric, _)| SHOP_METRICS.contains(&metric.name));
    members.insert("Function".to_owned(), json!(if of_whole_shop { shop_name(function) } else { function }));
    let mut dimensions = vec!["Function"];
    if !label.is_empty() {
        members.insert(label.to_owned(), json!(value));
        dimensions.push(label);
    }
    if let Some(request) = crate::current_request_id() {
        members.insert("requestId".to_owned(), json!(request));
    }
    let mut metrics = Vec::new();
    for (measure, series) in series {
        metrics.push(json!({"Name": measure.name, "Unit": measure.unit}));
        let exported = if measure.kind == MetricKind::Timer { json!(series.values) } else { json!(series.sum) };
        members.insert(measure.name.to_owned(), exported);
    }
    let exported = json!([{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}]);
    members.insert("_aws".to_owned(), json!({"Timestamp": now.millis(), "CloudWatchMetrics": exported}));
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(sum: f64, values: &[f64]) -> Series {
        Series { count: 1, sum, values: values.to_vec(), ..Series::default() }
    }

    #[test]
    fn an_alert_metric_is_a_known_metric_and_not_0() {
        for name in ALERT_METRICS {
            assert!(ALL_METRICS.iter().any(|measure| measure.name == name), "{name}");
            assert!(is_alert(name, &series(1.0, &[])) && !is_alert(name, &series(0.0, &[])), "{name}");
        }
        for usual in ["OrdersPlaced", "OutboxAgeSeconds", "SecurityEvents", "CacheHits"] {
            assert!(!is_alert(usual, &series(1.0, &[])), "{usual}");
        }
    }

    #[test]
    fn security_events_are_counted_for_the_whole_shop() {
        let measured = BTreeMap::from([(("SecurityEvents", "limit_hit"), series(2.0, &[]))]);
        for (function, shop) in [("shop-dev-notification-worker", "shop-dev"), ("shop-dev", "shop-dev")] {
            let exported = emf_lines(function, &measured, Timestamp::from_millis(1_700_000_000_000));
            assert_eq!((&exported[0]["Function"], &exported[0]["Event"]), (&json!(shop), &json!("limit_hit")));
            assert_eq!(exported[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Function", "Event"]]));
        }
    }

    #[test]
    fn metrics_are_written_in_the_embedded_metric_format() {
        let measured = BTreeMap::from([
            (("OrdersPlaced", "confirmed"), series(1.0, &[])),
            (("CacheHits", ""), series(3.0, &[])),
            (("CacheMisses", ""), series(0.0, &[])),
            (("SagaStepMillis", "charge"), series(12.5, &[5.0, 7.5])),
        ]);
        let exported = emf_lines("shop-orders", &measured, Timestamp::from_millis(1_700_000_000_000));
        let directive = |dimensions: Value, metrics: Value| {
            json!({"Timestamp": 1_700_000_000_000_i64, "CloudWatchMetrics":
                [{"Namespace": "Shop", "Dimensions": [dimensions], "Metrics": metrics}]})
        };
        let count = |name: &str| json!({"Name": name, "Unit": "Count"});
        assert_eq!(
            exported,
            [
                json!({"_aws": directive(json!(["Function"]), json!([count("CacheHits"), count("CacheMisses")])),
                    "Function": "shop-orders", "CacheHits": 3.0, "CacheMisses": 0.0}),
                json!({"_aws": directive(json!(["Function", "Outcome"]), json!([count("OrdersPlaced")])),
                    "Function": "shop-orders", "Outcome": "confirmed", "OrdersPlaced": 1.0}),
                json!({"_aws": directive(json!(["Function", "Step"]),
                        json!([{"Name": "SagaStepMillis", "Unit": "Milliseconds"}])),
                    "Function": "shop-orders", "Step": "charge", "SagaStepMillis": [5.0, 7.5]}),
            ]
        );
    }
}
