//! What a check has read and the violations that it found.

use serde::Serialize;

/// The maximum number of violations of one invariant in a report; the rest are counted.
const MAX_LISTED: usize = 100;

/// A property that all stores together must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Invariant {
    /// Stock is what came in minus what was sold; reservations are those of active orders.
    #[serde(rename = "I1")]
    Stock,
    /// Money is kept exactly once for each paid order, and for no other.
    #[serde(rename = "I2")]
    Money,
    /// No work stays unfinished.
    #[serde(rename = "I3")]
    Completion,
    /// Each customer is notified once of each status of an order.
    #[serde(rename = "I4")]
    Notifications,
    /// What a response said is stored; a key replays its response.
    #[serde(rename = "I5")]
    Acknowledgements,
    /// Events in an outbox are published, and published events are consumed.
    #[serde(rename = "I6")]
    Outbox,
    /// Nothing refers to a missing order.
    #[serde(rename = "I7")]
    Orphans,
    /// Totals and ratings equal a recount.
    #[serde(rename = "I8")]
    Analytics,
    /// Messages are consumed, waiting, or dead letters.
    #[serde(rename = "I9")]
    Queues,
    /// A line's price is the catalog's at that moment; an order's amounts add up.
    #[serde(rename = "I10")]
    Price,
    /// A removed product has no stock except reserved units.
    #[serde(rename = "I11")]
    RemovedProducts,
    /// Expired records are purged.
    #[serde(rename = "I13")]
    Retention,
    /// Nothing waits for recovery's first attempt because other work fails.
    #[serde(rename = "I14")]
    FirstAttempt,
    /// No session has more rights than its account.
    #[serde(rename = "I15")]
    Sessions,
    /// A discount was used by as many orders as it counts.
    #[serde(rename = "I16")]
    Discounts,
    /// No more pieces are shipped than were bought; a status is that of its fulfilments.
    #[serde(rename = "I17")]
    Fulfilments,
    /// An account with addresses has one default, and no more addresses than it may have.
    #[serde(rename = "I18")]
    AddressBooks,
    /// No more pieces come back than were shipped; a received return is refunded and restocked once.
    #[serde(rename = "I19")]
    Returns,
    /// Each piece and the shipping of an order are refunded at most once, for their price.
    #[serde(rename = "I20")]
    LineRefunds,
    /// No order stays with a guest whom an account has claimed.
    #[serde(rename = "I21")]
    TakeOvers,
}

impl Invariant {
    /// All invariants, in order.
    pub const ALL: [Self; 20] = [
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
        Self::Discounts,
        Self::Fulfilments,
        Self::AddressBooks,
        Self::Returns,
        Self::LineRefunds,
        Self::TakeOvers,
    ];

    /// The number and the short name.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Stock => ("I1", "stock"),
            Self::Money => ("I2", "money"),
            Self::Completion => ("I3", "completion"),
            Self::Notifications => ("I4", "notifications"),
            Self::Acknowledgements => ("I5", "acknowledgements"),
            Self::Outbox => ("I6", "outbox"),
            Self::Orphans => ("I7", "orphans"),
            Self::Analytics => ("I8", "analytics"),
            Self::Queues => ("I9", "queues"),
            Self::Price => ("I10", "price"),
            Self::RemovedProducts => ("I11", "removed products"),
            Self::Retention => ("I13", "retention"),
            Self::FirstAttempt => ("I14", "first attempt"),
            Self::Sessions => ("I15", "sessions"),
            Self::Discounts => ("I16", "discounts"),
            Self::Fulfilments => ("I17", "fulfilments"),
            Self::AddressBooks => ("I18", "address books"),
            Self::Returns => ("I19", "returns"),
            Self::LineRefunds => ("I20", "refunds by line"),
            Self::TakeOvers => ("I21", "take-overs"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub invariant: Invariant,
    /// The subject: `order 12`, `product 7`, `payment 0197…`.
    pub about: String,
    /// What is wrong, in a few words.
    pub problem: String,
    pub expected: String,
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

    /// Whether it is the same problem, even if the numbers have changed.
    fn is_same_problem(&self, other: &Self) -> bool {
        (self.invariant, &self.about, &self.problem) == (other.invariant, &other.about, &other.problem)
    }
}

/// The result for one invariant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvariantSection {
    pub invariant: Invariant,
    /// How much was checked, so that an empty shop does not pass for a correct one.
    pub counted: Vec<CheckedCount>,
    /// Numbers for the reader.
    pub notes: Vec<String>,
    /// The total number of violations.
    pub violations: usize,
    /// The first hundred of them.
    pub findings: Vec<Violation>,
}

/// A number of checked objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedCount {
    /// Such as `orders` or `payments`.
    pub what: &'static str,
    pub count: u64,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvariantReport {
    /// One per invariant, in order.
    pub sections: Vec<InvariantSection>,
    /// Whether possible violations were checked a second time.
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
    /// Whether there is no violation.
    pub fn holds(&self) -> bool {
        self.sections.iter().all(|section| section.violations == 0)
    }

    /// The listed violations, by invariant.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// The section of an invariant.
    pub fn section(&self, invariant: Invariant) -> &InvariantSection {
        // One for each, in this order.
        &self.sections[invariant as usize]
    }

    /// How many objects of a kind were checked for an invariant.
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

    /// Keeps only what an earlier check found too.
    pub(crate) fn confirmed_by(mut self, earlier: &Self) -> Self {
        for section in &mut self.sections {
            // If there are more than are listed, the unlisted ones cannot be compared; so many are
            // not temporary.
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
