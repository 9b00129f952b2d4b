//! The functions' own programs, run as Lambda runs them: each binary in a process of its own, fed
//! through the Runtime API by a stub that also measures.
//!
//! Owns the stub ([`Sandbox`]), the forms in which front doors hand a request over ([`Request`]),
//! and the table of what each function weighs and takes (`edge figures`). Starts no store.

pub mod commands;
mod forms;
mod functions;
mod process;
mod sandbox;

pub use forms::{Form, Reply, Request};
pub use functions::{FUNCTIONS, HTTP, WORKERS, binaries, binary};
pub use sandbox::{Failed, Outcome, Sandbox};
