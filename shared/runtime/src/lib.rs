//! What every process needs before it does anything: configuration and its secrets, a clock, a
//! deadline, logs, measures, and who it is to AWS.
//!
//! The only crate that asks for the time, for randomness and for the environment. Knows no store
//! and no HTTP.

mod aws;
mod call;
mod clock;
mod config;
mod identity;
mod limits;
pub mod metrics;
pub mod planted;
pub mod recovering;
mod secrets;
mod security;
mod stores;
pub mod telemetry;
mod trace;

pub use aws::aws;
pub use call::{Call, Elapsed, called_by, current_request_id, current_trace, time_left, within};
pub use clock::Clock;
pub use config::{Missing, Vars};
pub use identity::{Identity, Unsigned};
pub use secrecy::{ExposeSecret, SecretString};
pub use secrets::Unresolved;
pub use security::SecurityEvent;
pub use stores::{Check, Ready, open};
pub use trace::{TRACE_ATTRIBUTE, TRACE_HEADER, Trace};
