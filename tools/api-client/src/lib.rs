//! The one HTTP client of tests and tools: calls the API through a router in the same process, or
//! over HTTP.
//!
//! Knows no route, no account and no store, so that programs can use it as well as tests.
//! `tests/rings.rs` ensures that no other crate names an HTTP client.

mod client;
mod request;
mod response;
mod transport;

pub use client::{ApiClient, SignedIn};
pub use request::ApiRequest;
pub use response::ApiResponse;
pub use transport::{TransportError, call_router};
