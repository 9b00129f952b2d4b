//! What every process needs before it does anything: configuration, a clock, a deadline, logs,
//! and the AWS configuration, loaded once.
//!
//! The only crate that asks for the time, for randomness and for the environment. Knows no store
//! and no HTTP.

mod aws;
mod call;
mod clock;
mod config;
pub mod planted;
pub mod telemetry;

pub use aws::aws;
pub use call::{Call, Elapsed, current_request_id, within};
pub use clock::Clock;
pub use config::{Missing, Vars};
pub use secrecy::{ExposeSecret, SecretString};
