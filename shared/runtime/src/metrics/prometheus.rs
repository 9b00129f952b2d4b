//! The text that Prometheus reads: every measure, also those that have not happened yet.

use std::fmt::Write;

use super::{ALL, CLASSES, Kind, Measure, Series, all_series};

/// All that was measured since the start.
pub fn text() -> String {
    let all = all_series().clone();
    let mut text = String::new();
    for measure in ALL {
        let mut series: Vec<(&str, Series)> = all
            .iter()
            .filter(|((name, _), _)| *name == measure.name)
            .map(|((_, label), series)| (*label, series.clone()))
            .collect();
        if series.is_empty() && measure.label.is_none() {
            series.push(("", Series::default()));
        }
        show(&mut text, measure, &series);
    }
    text
}

fn show(text: &mut String, measure: &Measure, series: &[(&str, Series)]) {
    let (name, kind) = match measure.kind {
        Kind::Counter => (format!("shop_{}_total", snake(measure.name)), "counter"),
        Kind::Level => (format!("shop_{}", snake(measure.name)), "gauge"),
        Kind::Timer => (format!("shop_{}", snake(measure.name)), "histogram"),
    };
    // Writing to a `String` does not fail.
    let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", measure.about);
    for (value, series) in series {
        let label = measure.label.map(|label| format!("{}=\"{value}\"", snake(label))).unwrap_or_default();
        if measure.kind != Kind::Timer {
            let braces = if label.is_empty() { String::new() } else { format!("{{{label}}}") };
            let _ = writeln!(text, "{name}{braces} {}", series.sum);
            continue;
        }
        for (class, bound) in series.classes.iter().zip(CLASSES) {
            let _ = writeln!(text, "{name}_bucket{{{label},le=\"{bound}\"}} {class}");
        }
        let _ = writeln!(text, "{name}_bucket{{{label},le=\"+Inf\"}} {}", series.count);
        let _ = writeln!(text, "{name}_sum{{{label}}} {}\n{name}_count{{{label}}} {}", series.sum, series.count);
    }
}

/// `OrdersPlaced` as `orders_placed`.
fn snake(name: &str) -> String {
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
    async fn what_happened_and_what_did_not_is_shown() {
        ORDERS_PLACED.one_as("confirmed");
        ORDERS_PLACED.one_as("confirmed");
        OUTBOX_AGE_SECONDS.stands_at(7.0);
        OUTBOX_AGE_SECONDS.stands_at(2.5);
        SAGA_STEP_MILLIS.of("charge", async {}).await;
        let text = text();
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
