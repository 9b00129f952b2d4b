//! Looking at the messages that no consumer could take, and giving them back to their queues.
//!
//! Looking consumes nothing. A message is given back by sending it to its queue first and deleting
//! it only after SQS has acknowledged that: whoever is killed in between leaves it in both places,
//! and consumers take each event once. Shows what a message is about, never what it says: a body
//! may hold what is nobody's business.

pub mod find;
mod letter;
mod redrive;
mod report;
mod request;
mod walk;

pub use find::Place;
pub use letter::Letter;
pub use redrive::{Chosen, Redriven, redrive};
pub use report::{Found, Report};
pub use request::{Request, run};
pub use walk::{Walk, look};
