//! What tests stand on: databases, queues and keys of their own, on the real stores that
//! `local stores` started, and an HTTP client for each role that calls a router.
//!
//! A dev-dependency only. Names no function: tests of every function use it.

mod databases;
mod fixtures;
pub mod invalid_tokens;
mod logs;
mod poison;
mod test_env;
mod token_forge;

/// The one HTTP client, under the names that tests use.
pub use api_client::{ApiClient as TestClient, ApiResponse as TestResponse};
pub use logs::LogCapture;
pub use poison::{BATCH_SIZE, poison_messages, poison_positions};
pub use test_env::{RAISED_LIMITS, TestEnv, TestUser};
pub use token_forge::TokenForge;
