//! Runs the functions' own programs as Lambda runs them: each binary in a process of its own, which
//! gets its events from a stub of the Runtime API ([`Sandbox`]).
//!
//! `lambda-harness measure` prints each function's size, start time and memory, with `--tls` also
//! with TLS in front of the stores and a share of a processor. `events` writes the stored events
//! ([`stored_events`]). Starts no store.

mod cgroup;
pub mod commands;
mod functions;
mod process;
mod sandbox;
pub mod stored_events;
mod tls;

pub use cgroup::CpuShare;
pub use functions::{ALL_FUNCTIONS, HTTP_FUNCTIONS, WORKER_FUNCTIONS, default_bin_dir, find_binary};
pub use sandbox::{FunctionError, InvocationOutput, Sandbox};
