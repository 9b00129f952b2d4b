//! The text format of Prometheus: every metric, including those without a value yet.

use std::fmt::Write;

use super::{ALL_METRICS, BUCKET_BOUNDS, Metric, MetricKind, Series, lock_series};

/// Everything measured since the start.
pub fn render_prometheus() -> String {
    let all = lock_series().clone();
    let mut text = String::new();
    for measure in ALL_METRICS {
        let mut series: Vec<(&str, Series)> = all
            .iter()
            .filter(|((name, _), _)| *name == measure.name)
            .map(|((_, label), series)| (*label, series.clone()))
            .collect();
        if series.is_empty() && measure.label.is_none() {
            series.push(("", Series::default()));
        }
        render_metric(&mut text, measure, &series);
    }
    text
}

fn render_metric(text: &mut String, measure: &Metric, series: &[(&str, Series)]) {
    let (name, kind) = match measure.kind {
        MetricKind::Counter => (format!("shop_{}_total", to_snake_case(measure.name)), "counter"),
        MetricKind::Gauge => (format!("shop_{}", to_snake_case(measure.name)), "gauge"),
        MetricKind::Timer => (format!("shop_{}", to_snake_case(measure.name)), "histogram"),
    };
    // Writing to a `String` does not fail.
    let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", measure.help);
    for (value, series) in series {
        let label = measure.label.map(|label| format!("{}=\"{value}\"", to_snake_case(label))).unwrap_or_default();
        if measure.kind != MetricKind::Timer {
            let braces = if label.is_empty() { String::new() } else { format!("{{{label}}}") };
            let _ = writeln!(text, "{name}{braces} {}", series.sum);
            continue;
        }
        for (class, bound) in series.buckets.iter().zip(BUCKET_BOUNDS) {
            let _ = writeln!(text, "{name}_bucket{{{label},le=\"{bound}\"}} {class}");
        }
        let _ = writeln!(text, "{name}_bucket{{{label},le=\"+Inf\"}} {}", series.count);
        let _ = writeln!(text, "{name}_sum{{{label}}} {}\n{name}_count{{{label}}} {}", series.sum, series.count);
    }
}

/// Converts `OrdersPlaced` to `orders_placed`.
fn to_snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{ORDERS_PLACED, OUTBOX_AGE_SECONDS, SAGA_STEP_MILLIS};

    #[tokio::test]
    async fn metrics_with_and_without_values_are_rendered() {
        ORDERS_PLACED.increment_labeled("confirmed");
        ORDERS_PLACED.increment_labeled("confirmed");
        OUTBOX_AGE_SECONDS.set(7.0);
        OUTBOX_AGE_SECONDS.set(2.5);
        SAGA_STEP_MILLIS.observe("charge", async {}).await;
        let text = render_prometheus();
        for line in [
            "# TYPE shop_orders_placed_total counter",
            "shop_orders_placed_total{outcome=\"confirmed\"} 2",
            "shop_outbox_age_seconds 2.5",
            "# TYPE shop_saga_step_millis histogram",
            "shop_saga_step_millis_bucket{step=\"charge\",le=\"5000\"} 1",
            "shop_saga_step_millis_bucket{step=\"charge\",le=\"+Inf\"} 1",
            "shop_saga_step_millis_count{step=\"charge\"} 1",
            "shop_payment_declined_total 0",
            "shop_requests_failed_total 0",
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
        }
    }
}
