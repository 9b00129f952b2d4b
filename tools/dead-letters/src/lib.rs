//! Looking at the messages that no consumer could take, and giving them back to their queues.
//!
//! Looking consumes nothing. A message is given back by sending it to its queue first and deleting
//! it only after SQS has acknowledged that: whoever is killed in between leaves it in both places,
//! and consumers take each event once. Shows what a message is about, never what it says: a body
//! may hold what is nobody's business.

mod command;
mod dead_letter;
mod depth;
pub mod discovery;
mod redrive;
mod report;
mod scan;

pub use command::{DeadLetterArgs, run};
pub use dead_letter::DeadLetter;
pub use depth::count_messages;
pub use discovery::DeadLetterQueue;
pub use redrive::{RedriveOutcome, Selection, redrive};
pub use report::{QueueReport, Report};
pub use scan::{DeadLetterScan, list_dead_letters};
