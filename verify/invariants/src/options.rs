//! The options of a check.

use crate::history::History;

/// The options of a check.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The responses that clients got, to be compared with the stores (I5).
    pub history: Option<History>,
    /// How long faults have been over, in seconds: nothing was killed, no store was unavailable.
    /// What must be completed by now is checked by it (I3, I6). Infinite if no fault is known.
    pub seconds_since_fault: f64,
    /// Whether the shop is idle: no requests, recovery has run, queues are drained. Then nothing is
    /// excused by work in progress.
    pub quiescent: bool,
}

impl Default for CheckOptions {
    /// A running shop without known faults.
    fn default() -> Self {
        Self { history: None, seconds_since_fault: f64::INFINITY, quiescent: false }
    }
}

impl CheckOptions {
    /// For a shop that handles no requests and has no pending work.
    pub fn quiescent() -> Self {
        Self { quiescent: true, ..Self::default() }
    }
}
