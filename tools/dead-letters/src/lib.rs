//! Lists the messages in dead-letter queues, and sends them back to their queues.
//!
//! Listing consumes nothing. A redriven message is sent to its queue first and deleted only after
//! SQS has acknowledged that: a crash in between leaves it in both places, and consumers process
//! each event once. Shows what a message is about, never its content: a body may hold personal
//! data.

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
