//! Summarizes measured times.

use std::time::Duration;

/// The middle one of the sorted times, the upper one of two; zero if there is none.
pub(super) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
