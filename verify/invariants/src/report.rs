//! What a check has looked at and what it found.

use serde::Serialize;

/// The most findings of one invariant that a report lists; the rest are counted.
const MAX_LISTED: usize = 100;

/// A promise that all stores together must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Invariant {
    /// Stock is the sum of what came in less what was sold; holds are those of live orders.
    #[serde(rename = "I1")]
    Stock,
    /// Money is kept for orders that stand, once, and for no other.
    #[serde(rename = "I2")]
    Money,
    /// Nothing stays under way.
    #[serde(rename = "I3")]
    Completion,
    /// Each customer is told once of each status of an order.
    #[serde(rename = "I4")]
    Notifications,
    /// What a client was told is so; a key answers what it answered.
    #[serde(rename = "I5")]
    Acknowledgements,
    /// What was written in an outbox is sent, and what was sent is taken.
    #[serde(rename = "I6")]
    Outbox,
    /// Nothing hangs on an order that is not there.
    #[serde(rename = "I7")]
    Orphans,
    /// Figures and ratings are what a recount finds.
    #[serde(rename = "I8")]
    Analytics,
    /// Messages are taken, waiting, or put aside.
    #[serde(rename = "I9")]
    Queues,
    /// A line's price is the catalogue's at that moment; a total is the sum of its lines.
    #[serde(rename = "I10")]
    Price,
    /// What is not in the catalogue has no stock but what is reserved.
    #[serde(rename = "I11")]
    RemovedProducts,
    /// What is older than its bound is gone.
    #[serde(rename = "I13")]
    Retention,
    /// Nothing waits for recovery's first try because other work fails.
    #[serde(rename = "I14")]
    FirstAttempt,
    /// Nobody is signed in beyond what their account lets them.
    #[serde(rename = "I15")]
    Sessions,
}

impl Invariant {
    /// All of them, in their order.
    pub const ALL: [Self; 14] = [
        Self::Stock,
        Self::Money,
        Self::Completion,
        Self::Notifications,
        Self::Acknowledgements,
        Self::Outbox,
        Self::Orphans,
        Self::Analytics,
        Self::Queues,
        Self::Price,
        Self::RemovedProducts,
        Self::Retention,
        Self::FirstAttempt,
        Self::Sessions,
    ];

    /// Its number and its short name.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Stock => ("I1", "stock"),
            Self::Money => ("I2", "money"),
            Self::Completion => ("I3", "terminal"),
            Self::Notifications => ("I4", "notify"),
            Self::Acknowledgements => ("I5", "acknowledged"),
            Self::Outbox => ("I6", "outbox"),
            Self::Orphans => ("I7", "orphan"),
            Self::Analytics => ("I8", "analytics"),
            Self::Queues => ("I9", "queues"),
            Self::Price => ("I10", "price"),
            Self::RemovedProducts => ("I11", "gone"),
            Self::Retention => ("I13", "bounded"),
            Self::FirstAttempt => ("I14", "started"),
            Self::Sessions => ("I15", "signed in"),
        }
    }
}

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which promise it breaks.
    pub invariant: Invariant,
    /// Whose: `order 12`, `product 7`, `payment 0197…`.
    pub about: String,
    /// What is wrong, in a few words.
    pub problem: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub found: String,
}

impl Violation {
    pub(crate) fn new(
        invariant: Invariant,
        about: impl Into<String>,
        problem: impl Into<String>,
        expected: impl ToString,
        found: impl ToString,
    ) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self { invariant, about: about.into(), problem: problem.into(), expected, found }
    }

    /// The same trouble, whatever the figures have become meanwhile.
    fn is_same_problem(&self, other: &Self) -> bool {
        (self.invariant, &self.about, &self.problem) == (other.invariant, &other.about, &other.problem)
    }
}

/// What was looked at for one invariant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvariantSection {
    /// Which.
    pub invariant: Invariant,
    /// How much was looked at, so that an empty shop does not pass for a good one.
    pub counted: Vec<CheckedCount>,
    /// Figures for a person.
    pub notes: Vec<String>,
    /// How many findings there are.
    pub violations: usize,
    /// The first hundred of them.
    pub findings: Vec<Violation>,
}

/// How many of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedCount {
    /// `orders`, `payments`, …
    pub what: &'static str,
    /// How many.
    pub count: u64,
}

/// A check's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvariantReport {
    /// One per invariant, in their order.
    pub sections: Vec<InvariantSection>,
    /// Whether what was found was looked at a second time.
    pub looked_twice: bool,
}

impl Default for InvariantReport {
    fn default() -> Self {
        let section = |invariant| InvariantSection {
            invariant,
            counted: Vec::new(),
            notes: Vec::new(),
            violations: 0,
            findings: Vec::new(),
        };
        Self { sections: Invariant::ALL.map(section).into(), looked_twice: false }
    }
}

impl InvariantReport {
    /// Whether nothing was found.
    pub fn holds(&self) -> bool {
        self.sections.iter().all(|section| section.violations == 0)
    }

    /// The findings that are listed, by invariant.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// The section of an invariant.
    pub fn section(&self, invariant: Invariant) -> &InvariantSection {
        // One for each, in this order.
        &self.sections[invariant as usize]
    }

    /// How many of what were looked at for an invariant.
    pub fn checked_count(&self, invariant: Invariant, what: &str) -> u64 {
        self.section(invariant).counted.iter().filter(|count| count.what == what).map(|count| count.count).sum()
    }

    pub(crate) fn add_count(&mut self, invariant: Invariant, what: &'static str, more: usize) {
        let counted = &mut self.sections[invariant as usize].counted;
        match counted.iter_mut().find(|count| count.what == what) {
            Some(count) => count.count += more as u64,
            None => counted.push(CheckedCount { what, count: more as u64 }),
        }
    }

    pub(crate) fn add_note(&mut self, invariant: Invariant, note: String) {
        self.sections[invariant as usize].notes.push(note);
    }

    pub(crate) fn add_violations(&mut self, invariant: Invariant, findings: impl IntoIterator<Item = Violation>) {
        let section = &mut self.sections[invariant as usize];
        for finding in findings {
            debug_assert_eq!(finding.invariant, invariant);
            section.violations += 1;
            if section.findings.len() < MAX_LISTED {
                section.findings.push(finding);
            }
        }
    }

    /// Keeps what an earlier look found too.
    pub(crate) fn confirmed_by(mut self, earlier: &Self) -> Self {
        for section in &mut self.sections {
            // Where there are more than are listed, those that are not cannot be compared; so
            // many are no passing sight.
            if section.violations > MAX_LISTED {
                continue;
            }
            let before = &earlier.section(section.invariant).findings;
            section.findings.retain(|finding| before.iter().any(|other| finding.is_same_problem(other)));
            section.violations = section.findings.len();
        }
        self.looked_twice = true;
        self
    }
}
