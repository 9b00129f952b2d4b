//! Logs: JSON lines in AWS, readable ones on a terminal. `RUST_LOG` sets the levels.
//!
//! Every line carries `request.id`, and if available `trace.id` and `order.id`: the same ones
//! wherever a request has its effects, across queues too. Lines of an HTTP request carry `user.id`
//! as soon as the caller is known.

use std::fmt::Display;

use tracing::field::{Empty, display};
use tracing::{Level, Span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::{Env, Trace, current_request_id, current_trace, metrics};

/// These log only problems; everything else is logged from `info`.
const QUIET_TARGETS: [&str; 5] = ["sqlx", "mongodb", "aws_config", "hyper", "rustls"];

/// The levels of `RUST_LOG` (`info,orders=debug`), or the defaults if it is absent or invalid.
pub fn log_filter(env: &Env) -> Targets {
    let usual = || Targets::new().with_default(Level::INFO).with_targets(QUIET_TARGETS.map(|name| (name, Level::WARN)));
    // By level and module only: filtering by span fields needs a regex engine.
    env.optional("RUST_LOG").and_then(|text| text.parse().ok()).unwrap_or_else(usual)
}

/// Starts logging to standard output, and in Lambda exporting metrics to CloudWatch: all of them as
/// this function, or with `METRICS_AS` only those that indicate a problem, under that name for all
/// functions together. A second call changes nothing.
pub fn init(env: &Env) {
    let lines = if let Some(function) = env.optional("AWS_LAMBDA_FUNCTION_NAME") {
        match env.optional("METRICS_AS") {
            Some(all) => metrics::export_alerts_as(all),
            None => metrics::export_as(function),
        }
        json_layer(std::io::stdout).boxed()
    } else {
        fmt::layer().with_target(false).with_ansi(false).boxed()
    };
    // An existing logger stays: tests and the local server set their own.
    let _ = registry().with(lines).with(log_filter(env)).try_init();
}

/// The form of lines in CloudWatch: JSON, an event's fields beside its message, its request's in
/// `span`.
pub fn json_layer<S, W>(writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_target(false).with_writer(writer).json();
    lines.flatten_event(true).with_current_span(true).with_span_list(false)
}

/// The span of one request.
pub fn request_span(request_id: &str, trace: Option<&Trace>) -> Span {
    let trace = trace.map(display);
    tracing::info_span!("request", request.id = request_id, trace.id = trace, order.id = Empty, user.id = Empty)
}

/// The span of one order within a request that has many.
pub fn order_span(order: impl Display) -> Span {
    let span = request_span(&current_request_id().unwrap_or_default(), current_trace().as_ref());
    span.record("order.id", display(order));
    span
}

/// Adds the order to all further lines of this request.
pub fn record_order_id(order: impl Display) {
    Span::current().record("order.id", display(order));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a line of this target is logged.
    fn shown(asked: &str, target: &str, level: Level) -> bool {
        log_filter(&[("RUST_LOG", asked)].into_iter().collect()).would_enable(target, &level)
    }

    #[test]
    fn drivers_are_quiet_by_default() {
        for unsaid in ["", "no=level", "[span{field=1}]=debug"] {
            assert!(shown(unsaid, "orders::placing", Level::INFO), "{unsaid}");
            assert!(!shown(unsaid, "orders::placing", Level::DEBUG), "{unsaid}");
            assert!(shown(unsaid, "sqlx_core::pool", Level::WARN), "{unsaid}");
            assert!(!shown(unsaid, "sqlx_core::pool", Level::INFO), "{unsaid}");
        }
        assert!(shown("info,orders=debug", "orders::placing", Level::DEBUG));
        assert!(!shown("info,orders=debug", "payments", Level::DEBUG));
        assert!(shown("sqlx=debug", "sqlx::query", Level::DEBUG));
    }
}
