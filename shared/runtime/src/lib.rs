//! What every process needs before it does anything: configuration and its secrets, a clock, a
//! deadline, logs, metrics, and its AWS identity.
//!
//! The only crate that reads the time, randomness and the environment. Knows no store and no HTTP.

mod aws;
mod aws_json;
mod aws_signer;
mod clock;
mod config;
pub mod metrics;
mod rate_limits;
mod readiness;
pub mod recovery;
mod request_context;
mod secrets;
mod security;
pub mod telemetry;
mod trace;

pub use aws::aws_sdk_config;
pub use aws_json::{AwsJsonClient, AwsJsonRequest, AwsJsonResponse};
pub use aws_signer::{AwsSigner, SigningError};
pub use clock::Clock;
pub use config::{ConfigError, Env};
pub use readiness::{ReadinessChecks, StoreCheck, open_stores};
pub use request_context::{
    RequestContext, TimedOut, current_request_id, current_trace, in_current_request, remaining_time, set_caller,
    with_timeout,
};
pub use secrecy::{ExposeSecret, SecretString};
pub use secrets::SecretError;
pub use security::SecurityEvent;
pub use trace::{TRACE_ATTRIBUTE, TRACE_HEADER, Trace};
