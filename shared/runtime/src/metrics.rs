//! What is measured of the shop's business, told in the form that whoever runs it reads: lines of
//! CloudWatch's embedded metric format in Lambda, text for Prometheus on one machine.
//!
//! To measure costs a lock and an addition; nothing is sent. A label's value is a word of the
//! code's own, so that nobody outside can make more series. Absent on purpose: percentiles (both
//! readers make their own), and anything that AWS measures by itself (invocations, queues' ages).

mod emf;
mod prometheus;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

pub use emf::flush;
pub use prometheus::render_prometheus;

/// Orders that somebody wanted, by what came of it.
pub static ORDERS_PLACED: Counter =
    Counter::with_label("OrdersPlaced", "Outcome", "Orders asked for, by what came of them");
/// Charges that the processor declined.
pub static PAYMENT_DECLINED: Counter = Counter::new("PaymentDeclined", "Charges that were declined");
/// How long each step of a checkout took.
pub static SAGA_STEP_MILLIS: Timer = Timer::with_label("SagaStepMillis", "Step", "How long a step of a checkout took");
/// How old the oldest event is that no queue has taken yet; recovery looks each minute.
pub static OUTBOX_AGE_SECONDS: Gauge =
    Gauge::new("OutboxAgeSeconds", "Seconds", "Age of the oldest event that was not published yet");
/// Facts that a sweep passed over because this version cannot read them.
pub static OUTBOX_UNREADABLE: Counter =
    Counter::new("OutboxUnreadable", "Facts that were passed over because this version cannot read them");
/// Answers from the cache.
pub static CACHE_HITS: Counter = Counter::new("CacheHits", "Answers that the cache had");
/// Answers that the cache did not have.
pub static CACHE_MISSES: Counter = Counter::new("CacheMisses", "Answers that the cache did not have");
/// Checkouts that stand half done after a run of recovery.
pub static STUCK_CHECKOUTS: Gauge =
    Gauge::new("StuckCheckouts", "Count", "Checkouts that recovery found half done and could not finish");
/// For how long half-done work waits that recovery has not tried yet.
pub static RECOVERY_LAG_SECONDS: Gauge = Gauge::new(
    "RecoveryLagSeconds",
    "Seconds",
    "For how long the oldest half-done checkout waits that recovery has not tried yet",
);
/// What recovery could not do in a run; the next one tries again.
pub static RECOVERY_FAILURES: Counter = Counter::new("RecoveryFailures", "What recovery could not do");
/// Messages that failed for the last time.
pub static DEAD_LETTERS: Counter = Counter::new("DeadLetters", "Messages given up after their last try");
/// Answers that told of a defect or of a store that is away.
pub static REQUESTS_FAILED: Counter = Counter::new("RequestsFailed", "Answers with a status of 500 and above");
/// What the security log tells, by what happened.
pub static SECURITY_EVENTS: Counter =
    Counter::with_label("SecurityEvents", "Event", "What the security log tells, by what happened");

/// All of them, in the order in which they are shown.
static ALL_METRICS: [&Metric; 13] = [
    &ORDERS_PLACED.0,
    &PAYMENT_DECLINED.0,
    &SAGA_STEP_MILLIS.0,
    &OUTBOX_AGE_SECONDS.0,
    &OUTBOX_UNREADABLE.0,
    &CACHE_HITS.0,
    &CACHE_MISSES.0,
    &STUCK_CHECKOUTS.0,
    &RECOVERY_LAG_SECONDS.0,
    &RECOVERY_FAILURES.0,
    &DEAD_LETTERS.0,
    &REQUESTS_FAILED.0,
    &SECURITY_EVENTS.0,
];

/// Upper bounds of the classes that durations are counted in, in milliseconds: from a statement
/// to the longest that a request may take.
const BUCKET_BOUNDS: [f64; 10] = [2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0];
/// CloudWatch takes so many values of one metric in a line. One invocation has a handful; what
/// would be above that is not told.
const MAX_VALUES: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MetricKind {
    Counter,
    Timer,
    Gauge,
}

#[derive(Debug)]
struct Metric {
    /// As CloudWatch shows it.
    name: &'static str,
    /// What its series differ by.
    label: Option<&'static str>,
    unit: &'static str,
    kind: MetricKind,
    help: &'static str,
}

/// Something that happens.
#[derive(Debug)]
pub struct Counter(Metric);

/// Something that takes time.
#[derive(Debug)]
pub struct Timer(Metric);

/// Something that stands at a height.
#[derive(Debug)]
pub struct Gauge(Metric);

/// One measure under one label since the start (Prometheus), or since the last line (CloudWatch).
#[derive(Clone, Debug, Default)]
struct Series {
    count: u64,
    sum: f64,
    buckets: [u64; BUCKET_BOUNDS.len()],
    values: Vec<f64>,
}

type SeriesKey = (&'static str, &'static str);

static SERIES: Mutex<BTreeMap<SeriesKey, Series>> = Mutex::new(BTreeMap::new());
/// The function that tells CloudWatch; unset where Prometheus asks.
static FUNCTION_NAME: OnceLock<String> = OnceLock::new();

/// Only trouble is told.
static ALERTS_ONLY: AtomicBool = AtomicBool::new(false);
/// What tells of trouble where it is not 0. CloudWatch asks $0.30 a month for each series, by the
/// hours in which it gets a value: a small shop that is well pays for none.
const ALERT_METRICS: [&str; 4] = ["StuckCheckouts", "RecoveryFailures", "DeadLetters", "OutboxUnreadable"];

/// Tells CloudWatch from now on of trouble alone, under a name that all functions share.
pub(crate) fn export_alerts_as(all: String) {
    ALERTS_ONLY.store(true, Ordering::Relaxed);
    export_as(all);
}

/// Tells CloudWatch from now on, as this function.
pub(crate) fn export_as(function: String) {
    let _ = FUNCTION_NAME.set(function);
}

fn lock_series() -> std::sync::MutexGuard<'static, BTreeMap<SeriesKey, Series>> {
    SERIES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Metric {
    fn record(&self, label: &'static str, value: f64) {
        let mut all = lock_series();
        let series = all.entry((self.name, label)).or_default();
        series.count += 1;
        match self.kind {
            MetricKind::Gauge => series.sum = value,
            MetricKind::Counter => series.sum += value,
            MetricKind::Timer => {
                series.sum += value;
                for (class, bound) in series.buckets.iter_mut().zip(BUCKET_BOUNDS) {
                    *class += u64::from(value <= bound);
                }
                if FUNCTION_NAME.get().is_some() && series.values.len() < MAX_VALUES {
                    series.values.push(value);
                }
            }
        }
    }
}

impl Counter {
    const fn new(name: &'static str, about: &'static str) -> Self {
        Self(Metric { name, label: None, unit: "Count", kind: MetricKind::Counter, help: about })
    }

    const fn with_label(name: &'static str, label: &'static str, about: &'static str) -> Self {
        Self(Metric { name, label: Some(label), unit: "Count", kind: MetricKind::Counter, help: about })
    }

    /// It happened.
    pub fn increment(&self) {
        self.0.record("", 1.0);
    }

    /// It happened so many times, or not at all.
    pub fn increment_by(&self, times: usize) {
        self.0.record("", times as f64);
    }

    /// It happened in this way.
    pub fn increment_labeled(&self, label: &'static str) {
        self.0.record(label, 1.0);
    }
}

impl Timer {
    const fn with_label(name: &'static str, label: &'static str, about: &'static str) -> Self {
        Self(Metric { name, label: Some(label), unit: "Milliseconds", kind: MetricKind::Timer, help: about })
    }

    /// Awaits `work` and notes how long it took, however it ended.
    pub fn observe<F: Future>(&'static self, label: &'static str, work: F) -> impl Future<Output = F::Output> {
        // Steps are large: boxed here, they stay out of the futures of all their callers.
        let work = Box::pin(work);
        async move {
            let start = Instant::now();
            let output = work.await;
            self.0.record(label, start.elapsed().as_micros() as f64 / 1000.0);
            output
        }
    }
}

impl Gauge {
    const fn new(name: &'static str, unit: &'static str, about: &'static str) -> Self {
        Self(Metric { name, label: None, unit, kind: MetricKind::Gauge, help: about })
    }

    /// It stands there now.
    pub fn set(&self, height: f64) {
        self.0.record("", height);
    }
}
