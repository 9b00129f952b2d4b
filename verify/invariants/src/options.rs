//! What a shop is judged by.

use crate::history::History;

/// What a shop is judged by.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// What clients were told, to be held against the stores (I5).
    pub history: Option<History>,
    /// For how long faults have been over, in seconds: nothing was killed, no store was away.
    /// What must be over by now is judged by it (I3, I6). Infinite where none is known of.
    pub seconds_since_fault: f64,
    /// Whether the shop has come to rest: nobody buys, recovery has run, queues are drained. Then
    /// nothing is excused by being under way.
    pub quiescent: bool,
}

impl Default for CheckOptions {
    /// A living shop without known faults.
    fn default() -> Self {
        Self { history: None, seconds_since_fault: f64::INFINITY, quiescent: false }
    }
}

impl CheckOptions {
    /// A shop that has come to rest.
    pub fn quiescent() -> Self {
        Self { quiescent: true, ..Self::default() }
    }
}
