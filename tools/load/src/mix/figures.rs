//! What was answered, how long it took, and what should not have been.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::kind::Kind;

/// Unexpected answers that are shown in full.
const SHOWN: usize = 20;
/// Two digits of each time: to one in a hundred.
const DIGITS: u8 = 2;

/// Counts for everybody.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) started: Instant,
    all: Mutex<All>,
}

/// Everything counted so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct All {
    pub(crate) kinds: BTreeMap<Kind, OfKind>,
    /// The first unexpected answers.
    pub(crate) surprises: Vec<String>,
}

/// What one kind of request came to.
#[derive(Clone, Debug)]
pub(crate) struct OfKind {
    /// Microseconds to an answer, of whatever status.
    pub(crate) times: Histogram<u64>,
    /// By status and code, or `lost` and `unreachable`.
    pub(crate) answers: BTreeMap<String, u64>,
    /// Those of them that should not have been.
    pub(crate) unexpected: BTreeMap<String, u64>,
    /// Requests that never had a final answer.
    pub(crate) unsettled: u64,
}

/// One answer, or its absence.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) kind: Kind,
    /// From the moment it was due; `None` where no answer came.
    pub(crate) took: Option<Duration>,
    pub(crate) label: &'a str,
    /// Why it should not have been.
    pub(crate) surprise: Option<String>,
}

impl Default for OfKind {
    fn default() -> Self {
        let times = Histogram::new(DIGITS).expect("two digits are allowed");
        Self { times, answers: BTreeMap::new(), unexpected: BTreeMap::new(), unsettled: 0 }
    }
}

impl Figures {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), all: Mutex::default() }
    }

    pub(crate) fn see(&self, seen: Seen<'_>) {
        let mut all = self.lock();
        let of_kind = all.kinds.entry(seen.kind).or_default();
        if let Some(took) = seen.took {
            // It grows as it must, up to what is left of a u64.
            let _ = of_kind.times.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        *of_kind.answers.entry(seen.label.to_owned()).or_default() += 1;
        if let Some(why) = seen.surprise {
            *of_kind.unexpected.entry(seen.label.to_owned()).or_default() += 1;
            if all.surprises.len() < SHOWN {
                let at = self.started.elapsed().as_secs_f64();
                all.surprises.push(format!("{at:.1} s, {}: {}: {why}", seen.kind, seen.label));
            }
        }
    }

    pub(crate) fn unsettled(&self, kind: Kind) {
        self.lock().kinds.entry(kind).or_default().unsettled += 1;
    }

    pub(crate) fn so_far(&self) -> All {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfKind {
    pub(crate) fn requests(&self) -> u64 {
        self.answers.values().sum()
    }

    pub(crate) fn millis_at(&self, share: f64) -> f64 {
        self.times.value_at_quantile(share) as f64 / 1000.0
    }

    pub(crate) fn add(&mut self, other: &Self) {
        // Both have the same digits, and grow.
        let _ = self.times.add(&other.times);
        for (label, count) in &other.answers {
            *self.answers.entry(label.clone()).or_default() += count;
        }
        for (label, count) in &other.unexpected {
            *self.unexpected.entry(label.clone()).or_default() += count;
        }
        self.unsettled += other.unsettled;
    }
}

impl All {
    /// All kinds as one.
    pub(crate) fn together(&self) -> OfKind {
        self.kinds.values().fold(OfKind::default(), |mut sum, of_kind| {
            sum.add(of_kind);
            sum
        })
    }
}
