//! The environment of tests: databases, queues and keys for each test, on the real stores that
//! `local stores` started, and a client for each role that enters through a router.
//!
//! A dev-dependency only. Names no function: tests of every function use it.

mod client;
mod databases;
mod fixtures;
pub mod invalid_tokens;
mod logs;
mod poison;
mod test_env;
mod token_forge;

pub use client::{TestClient, TestResponse};
pub use logs::LogCapture;
pub use poison::{BATCH_SIZE, poison_messages, poison_positions};
pub use test_env::{RAISED_LIMITS, TestEnv, TestUser};
pub use token_forge::TokenForge;
