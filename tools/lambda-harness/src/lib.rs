//! The functions' own programs, run as Lambda runs them: each binary in a process of its own, fed
//! through the Runtime API by a stub that also measures.
//!
//! Owns the stub ([`Sandbox`]), the forms in which front doors hand a request over ([`Request`]),
//! and the tables of what each function weighs and takes (`edge figures`), also with TLS before the
//! stores and within a share of a processor (`--tls`). Starts no store.

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
