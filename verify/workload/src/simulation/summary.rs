//! The results of a run, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::action_kind::ActionKind;
use super::plan::WorkloadPlan;
use super::response_stats::{KindStats, ResponseStats};
use super::tolerance::Disruption;

/// The results of a run, final or so far.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Determined what every customer did.
    pub seed: u64,
    /// How long it ran.
    pub seconds: f64,
    /// The sum over all kinds.
    pub total: KindSummary,
    /// Each kind that was sent.
    pub kinds: Vec<KindSummary>,
    /// Kinds that were skipped, because no admin was given.
    pub left_out: Vec<&'static str>,
    /// The first unexpected responses, as text.
    pub surprises: Vec<String>,
    /// Whether requests without a final response are a failure.
    #[serde(skip)]
    unanswered_is_failure: bool,
}

/// One kind of request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindSummary {
    pub kind: &'static str,
    /// The number sent, repetitions included.
    pub requests: u64,
    pub per_second: f64,
    /// The median, from the moment they were due to the whole response.
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// By status and code, or `lost` and `unreachable`.
    pub answers: BTreeMap<String, u64>,
    /// Those of them that are unexpected.
    pub unexpected: BTreeMap<String, u64>,
    /// Requests that never had a final response.
    pub unsettled: u64,
}

impl KindSummary {
    fn new(kind: &'static str, figures: &KindStats, seconds: f64) -> Self {
        Self {
            kind,
            requests: figures.requests(),
            per_second: figures.requests() as f64 / seconds.max(0.001),
            p50_ms: figures.latency_millis_at(0.5),
            p95_ms: figures.latency_millis_at(0.95),
            p99_ms: figures.latency_millis_at(0.99),
            max_ms: figures.latencies.max() as f64 / 1000.0,
            answers: figures.responses.clone(),
            unexpected: figures.unexpected.clone(),
            unsettled: figures.unanswered,
        }
    }

    /// The number of unexpected responses.
    pub fn unexpected_count(&self) -> u64 {
        self.unexpected.values().sum()
    }

    /// The number of responses with this prefix: `201`, `503`, `lost`.
    pub fn count_by_label(&self, label: &str) -> u64 {
        let is_it = |known: &str| known.split(' ').next() == Some(label);
        self.answers.iter().filter(|(known, _)| is_it(known)).map(|(_, count)| count).sum()
    }
}

impl Summary {
    pub(crate) fn new(figures: &ResponseStats, plan: &WorkloadPlan, has_admin: bool) -> Self {
        let all = figures.snapshot();
        let seconds = figures.started.elapsed().as_secs_f64();
        Self {
            seed: plan.seed,
            seconds,
            total: KindSummary::new("all", &all.total(), seconds),
            kinds: all.kinds.iter().map(|(kind, of_kind)| KindSummary::new(kind.name(), of_kind, seconds)).collect(),
            left_out: plan.skipped_kinds(has_admin).into_iter().map(ActionKind::name).collect(),
            surprises: all.unexpected_responses,
            unanswered_is_failure: !plan.tolerance.includes(Disruption::Unanswered),
        }
    }

    /// Whether every response was as expected.
    pub fn passed(&self) -> bool {
        self.total.unexpected_count() == 0 && (self.total.unsettled == 0 || !self.unanswered_is_failure)
    }

    /// Requests without a final response: their kind, and how many.
    pub fn unanswered(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.kinds.iter().filter(|line| line.unsettled > 0).map(|line| (line.kind, line.unsettled))
    }

    /// The number of customers that have an account by now.
    pub fn accounts(&self) -> u64 {
        self.kinds
            .iter()
            .filter(|line| line.kind == ActionKind::SignUp.name())
            .map(|line| line.count_by_label("201"))
            .sum()
    }

    /// The progress in one line.
    pub fn status_line(&self) -> String {
        let KindSummary { requests, per_second, p50_ms, p99_ms, .. } = &self.total;
        let mut text = format!(
            "{:>5.0} s {requests:>8} requests {per_second:>7.0}/s  p50 {p50_ms:.1} ms  p99 {p99_ms:.1} ms",
            self.seconds
        );
        for trouble in ["503", "lost", "unreachable", "429", "401"] {
            match self.total.count_by_label(trouble) {
                0 => {}
                count => text.push_str(&format!("  {trouble}: {count}")),
            }
        }
        text + &format!("  unexpected: {}", self.total.unexpected_count())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<14} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9}  responses",
            "kind", "requests", "per s", "p50 ms", "p95 ms", "p99 ms", "max ms"
        )?;
        for line in self.kinds.iter().chain([&self.total]) {
            let responses: Vec<String> =
                line.answers.iter().map(|(label, count)| format!("{label}: {count}")).collect();
            let responses = if line.kind == "all" { String::new() } else { responses.join(", ") };
            writeln!(
                f,
                "{:<14} {:>8} {:>8.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1}  {responses}",
                line.kind, line.requests, line.per_second, line.p50_ms, line.p95_ms, line.p99_ms, line.max_ms,
            )?;
        }
        if !self.left_out.is_empty() {
            writeln!(f, "left out, since no admin was given: {}", self.left_out.join(", "))?;
        }
        for (kind, open) in self.unanswered() {
            writeln!(f, "without a final response: {open} × {kind}")?;
        }
        for surprise in &self.surprises {
            writeln!(f, "unexpected: {surprise}")?;
        }
        let (bad, seed) = (self.total.unexpected_count(), self.seed);
        write!(f, "{} unexpected responses in {:.1} s; seed {seed}", bad, self.seconds)
    }
}
