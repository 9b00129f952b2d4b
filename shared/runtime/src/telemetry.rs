//! Logs: JSON lines in AWS, readable ones on a terminal. `RUST_LOG` chooses what is shown.
//!
//! Every line carries `request.id`, and where there are any `trace.id` and `order.id`: the same
//! ones wherever a request has its effects, across queues too.

use std::fmt::Display;

use tracing::Span;
use tracing::field::{Empty, display};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::{Trace, Vars, current_request_id, current_trace, metrics};

/// Our own crates at `info`; the drivers only when something is wrong.
pub const DEFAULT: &str = "info,sqlx=warn,mongodb=warn,aws_config=warn,hyper=warn,rustls=warn";

/// Starts logging to standard output, and in Lambda telling CloudWatch what is measured. A second
/// call changes nothing.
pub fn init(vars: &Vars) {
    let filter = EnvFilter::try_new(vars.optional("RUST_LOG").unwrap_or_else(|| DEFAULT.to_owned()))
        .unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let lines = fmt().with_env_filter(filter).with_target(false);
    // A logger that is already there stays: tests and the local server set their own.
    let _ = if let Some(function) = vars.optional("AWS_LAMBDA_FUNCTION_NAME") {
        metrics::tell_as(function);
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(false).try_init()
    };
}

/// The span of one request.
pub fn request_span(request_id: &str, trace: Option<&Trace>) -> Span {
    let trace = trace.map(display);
    tracing::info_span!("request", request.id = request_id, trace.id = trace, order.id = Empty)
}

/// The span of one order's part of a request that has many.
pub fn order_span(order: impl Display) -> Span {
    let span = request_span(&current_request_id().unwrap_or_default(), current_trace().as_ref());
    span.record("order.id", display(order));
    span
}

/// Names the order that is being worked on in all further lines of this request.
pub fn about_order(order: impl Display) {
    Span::current().record("order.id", display(order));
}
