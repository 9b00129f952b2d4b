//! Metrics of the shop's business, exported in the format of their reader: lines of CloudWatch's
//! embedded metric format in Lambda, text for Prometheus on one machine.
//!
//! Recording a value costs a lock and an addition; nothing is sent. A label's value is a constant
//! of the code, so that no client can create more series. Absent on purpose: percentiles (both
//! readers compute their own), and anything that AWS measures itself (invocations, ages of queues).

mod emf;
mod prometheus;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

pub use emf::flush;
pub use prometheus::render_prometheus;

pub static ORDERS_PLACED: Counter = Counter::with_label("OrdersPlaced", "Outcome", "Orders placed, by outcome");
pub static PAYMENT_DECLINED: Counter = Counter::new("PaymentDeclined", "Charges that the processor declined");
pub static SAGA_STEP_MILLIS: Timer = Timer::with_label("SagaStepMillis", "Step", "Duration of a checkout step");
/// Recovery updates it each minute.
pub static OUTBOX_AGE_SECONDS: Gauge = Gauge::new("OutboxAgeSeconds", "Seconds", "Age of the oldest unpublished event");
pub static OUTBOX_UNREADABLE: Counter =
    Counter::new("OutboxUnreadable", "Events skipped because this version cannot decode them");
pub static CACHE_HITS: Counter = Counter::new("CacheHits", "Cache hits");
pub static CACHE_MISSES: Counter = Counter::new("CacheMisses", "Cache misses");
pub static STUCK_CHECKOUTS: Gauge =
    Gauge::new("StuckCheckouts", "Count", "Unfinished checkouts that recovery could not complete");
pub static RECOVERY_LAG_SECONDS: Gauge = Gauge::new(
    "RecoveryLagSeconds",
    "Seconds",
    "How long the oldest unfinished checkout has waited for its first recovery attempt",
);
/// The next run tries again.
pub static RECOVERY_FAILURES: Counter = Counter::new("RecoveryFailures", "Work that recovery could not complete");
pub static DEAD_LETTERS: Counter = Counter::new("DeadLetters", "Messages that failed their last attempt");
/// A defect, or a store that is unavailable.
pub static REQUESTS_FAILED: Counter = Counter::new("RequestsFailed", "Responses with a status of 500 and above");
pub static SECURITY_EVENTS: Counter = Counter::with_label("SecurityEvents", "Event", "Security events, by type");

/// All metrics, in the order in which they are exported.
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

/// Upper bounds of the histogram's buckets, in milliseconds: from a statement to the longest that a
/// request may take.
const BUCKET_BOUNDS: [f64; 10] = [2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0];
/// CloudWatch accepts this many values of one metric in a line. One invocation has a handful;
/// values above the limit are not exported.
const MAX_VALUES: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MetricKind {
    Counter,
    Timer,
    Gauge,
}

#[derive(Debug)]
struct Metric {
    /// The name in CloudWatch.
    name: &'static str,
    /// The dimension by which its series differ.
    label: Option<&'static str>,
    unit: &'static str,
    kind: MetricKind,
    help: &'static str,
}

#[derive(Debug)]
pub struct Counter(Metric);

#[derive(Debug)]
pub struct Timer(Metric);

/// Holds a current value.
#[derive(Debug)]
pub struct Gauge(Metric);

/// One metric under one label since the start (Prometheus), or since the last line (CloudWatch).
#[derive(Clone, Debug, Default)]
struct Series {
    count: u64,
    sum: f64,
    buckets: [u64; BUCKET_BOUNDS.len()],
    values: Vec<f64>,
}

type SeriesKey = (&'static str, &'static str);

static SERIES: Mutex<BTreeMap<SeriesKey, Series>> = Mutex::new(BTreeMap::new());
/// The function that exports to CloudWatch; unset if Prometheus reads the metrics.
static FUNCTION_NAME: OnceLock<String> = OnceLock::new();

/// Whether only [`ALERT_METRICS`] are exported.
static ALERTS_ONLY: AtomicBool = AtomicBool::new(false);
/// Metrics that indicate a problem if they are not 0. CloudWatch charges $0.30 a month for each
/// series, by the hours in which it gets a value: a small healthy shop pays for none.
const ALERT_METRICS: [&str; 4] = ["StuckCheckouts", "RecoveryFailures", "DeadLetters", "OutboxUnreadable"];

/// Exports to CloudWatch, from now on, only [`ALERT_METRICS`], under a name that all functions
/// share.
pub(crate) fn export_alerts_as(all: String) {
    ALERTS_ONLY.store(true, Ordering::Relaxed);
    export_as(all);
}

/// Exports to CloudWatch, from now on, as this function.
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

    pub fn increment(&self) {
        self.0.record("", 1.0);
    }

    /// `times` may be 0.
    pub fn increment_by(&self, times: usize) {
        self.0.record("", times as f64);
    }

    pub fn increment_labeled(&self, label: &'static str) {
        self.0.record(label, 1.0);
    }
}

impl Timer {
    const fn with_label(name: &'static str, label: &'static str, about: &'static str) -> Self {
        Self(Metric { name, label: Some(label), unit: "Milliseconds", kind: MetricKind::Timer, help: about })
    }

    /// Awaits `work` and records how long it took, whatever its result.
    pub fn observe<F: Future>(&'static self, label: &'static str, work: F) -> impl Future<Output = F::Output> {
        // Steps are large: boxed here, they do not enlarge the futures of all their callers.
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

    pub fn set(&self, height: f64) {
        self.0.record("", height);
    }
}
