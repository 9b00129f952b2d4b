//! Logs: JSON lines in AWS, readable ones on a terminal. `RUST_LOG` chooses what is shown.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::Vars;

/// Our own crates at `info`; the drivers only when something is wrong.
pub const DEFAULT: &str = "info,sqlx=warn,mongodb=warn,aws_config=warn,hyper=warn,rustls=warn";

/// Starts logging to standard output. A second call changes nothing.
pub fn init(vars: &Vars) {
    let filter = EnvFilter::try_new(vars.optional("RUST_LOG").unwrap_or_else(|| DEFAULT.to_owned()))
        .unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let lines = fmt().with_env_filter(filter).with_target(false);
    // A logger that is already there stays: tests and the local server set their own.
    let _ = if vars.optional("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(false).try_init()
    };
}
