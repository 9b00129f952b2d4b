//! Counts responses, latencies, and unexpected results.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::action_kind::ActionKind;

/// Unexpected responses that are shown in full.
const MAX_SHOWN: usize = 20;
/// Two digits of each latency: to one percent.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Shared by all customers.
#[derive(Debug)]
pub(crate) struct ResponseStats {
    pub(crate) started: Instant,
    stats: Mutex<StatsSnapshot>,
}

/// Everything counted so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatsSnapshot {
    pub(crate) kinds: BTreeMap<ActionKind, KindStats>,
    /// The first unexpected responses.
    pub(crate) unexpected_responses: Vec<String>,
}

/// The statistics of one kind of request.
#[derive(Clone, Debug)]
pub(crate) struct KindStats {
    /// Microseconds to a response, of whatever status.
    pub(crate) latencies: Histogram<u64>,
    /// By status and code, or `lost` and `unreachable`.
    pub(crate) responses: BTreeMap<String, u64>,
    /// Those of them that are unexpected.
    pub(crate) unexpected: BTreeMap<String, u64>,
    /// Requests that never had a final response.
    pub(crate) unanswered: u64,
}

/// One response, or its absence.
#[derive(Debug)]
pub(crate) struct Observation<'a> {
    pub(crate) kind: ActionKind,
    /// From the moment it was due; `None` if no response arrived.
    pub(crate) latency: Option<Duration>,
    pub(crate) label: &'a str,
    /// Why it is unexpected.
    pub(crate) unexpected: Option<String>,
}

impl Default for KindStats {
    fn default() -> Self {
        let times = Histogram::new(SIGNIFICANT_DIGITS).expect("two digits are allowed");
        Self { latencies: times, responses: BTreeMap::new(), unexpected: BTreeMap::new(), unanswered: 0 }
    }
}

impl ResponseStats {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), stats: Mutex::default() }
    }

    pub(crate) fn record(&self, seen: Observation<'_>) {
        let mut all = self.lock();
        let of_kind = all.kinds.entry(seen.kind).or_default();
        if let Some(took) = seen.latency {
            // It grows as needed, up to the rest of a u64.
            let _ = of_kind.latencies.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        *of_kind.responses.entry(seen.label.to_owned()).or_default() += 1;
        if let Some(why) = seen.unexpected {
            *of_kind.unexpected.entry(seen.label.to_owned()).or_default() += 1;
            if all.unexpected_responses.len() < MAX_SHOWN {
                let at = self.started.elapsed().as_secs_f64();
                all.unexpected_responses.push(format!("{at:.1} s, {}: {}: {why}", seen.kind, seen.label));
            }
        }
    }

    pub(crate) fn record_unanswered(&self, kind: ActionKind) {
        self.lock().kinds.entry(kind).or_default().unanswered += 1;
    }

    pub(crate) fn snapshot(&self) -> StatsSnapshot {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, StatsSnapshot> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KindStats {
    pub(crate) fn requests(&self) -> u64 {
        self.responses.values().sum()
    }

    pub(crate) fn latency_millis_at(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1000.0
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        // Both have the same digits, and grow.
        let _ = self.latencies.add(&other.latencies);
        for (label, count) in &other.responses {
            *self.responses.entry(label.clone()).or_default() += count;
        }
        for (label, count) in &other.unexpected {
            *self.unexpected.entry(label.clone()).or_default() += count;
        }
        self.unanswered += other.unanswered;
    }
}

impl StatsSnapshot {
    /// The sum over all kinds.
    pub(crate) fn total(&self) -> KindStats {
        self.kinds.values().fold(KindStats::default(), |mut sum, of_kind| {
            sum.merge(of_kind);
            sum
        })
    }
}
