//! Runs the functions' own programs as Lambda does: each binary in a process of its own, driven
//! through the Runtime API by a stub that also measures.
//!
//! Owns the stub ([`Sandbox`]), the formats of the event sources ([`HttpRequest`]), and the tables
//! of each function's size and times (`lambda-harness figures`), also with TLS before the stores
//! and with a CPU share (`--tls`). Starts no store.

mod cgroup;
pub mod commands;
mod event_sources;
mod functions;
mod process;
mod sandbox;
mod tls;

pub use cgroup::CpuShare;
pub use event_sources::{EventSource, HttpRequest, HttpResponse};
pub use functions::{ALL_FUNCTIONS, HTTP_FUNCTIONS, WORKER_FUNCTIONS, default_bin_dir, find_binary};
pub use sandbox::{FunctionError, InvocationOutput, Sandbox};
