//! What a check has looked at and what it found.

use serde::Serialize;

/// The most findings of one invariant that a report lists; the rest are counted.
const LISTED: usize = 100;

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
    Terminal,
    /// Each customer is told once of each status of an order.
    #[serde(rename = "I4")]
    Notify,
    /// What a client was told is so; a key answers what it answered.
    #[serde(rename = "I5")]
    Acknowledged,
    /// What was written in an outbox is sent, and what was sent is taken.
    #[serde(rename = "I6")]
    Outbox,
    /// Nothing hangs on an order that is not there.
    #[serde(rename = "I7")]
    Orphan,
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
    Gone,
    /// What is older than its bound is gone.
    #[serde(rename = "I13")]
    Bounded,
    /// Nothing waits for recovery's first try because other work fails.
    #[serde(rename = "I14")]
    Started,
    /// Nobody is signed in beyond what their account lets them.
    #[serde(rename = "I15")]
    SignedIn,
}

impl Invariant {
    /// All of them, in their order.
    pub const ALL: [Self; 14] = [
        Self::Stock,
        Self::Money,
        Self::Terminal,
        Self::Notify,
        Self::Acknowledged,
        Self::Outbox,
        Self::Orphan,
        Self::Analytics,
        Self::Queues,
        Self::Price,
        Self::Gone,
        Self::Bounded,
        Self::Started,
        Self::SignedIn,
    ];

    /// Its number and its short name.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Stock => ("I1", "stock"),
            Self::Money => ("I2", "money"),
            Self::Terminal => ("I3", "terminal"),
            Self::Notify => ("I4", "notify"),
            Self::Acknowledged => ("I5", "acknowledged"),
            Self::Outbox => ("I6", "outbox"),
            Self::Orphan => ("I7", "orphan"),
            Self::Analytics => ("I8", "analytics"),
            Self::Queues => ("I9", "queues"),
            Self::Price => ("I10", "price"),
            Self::Gone => ("I11", "gone"),
            Self::Bounded => ("I13", "bounded"),
            Self::Started => ("I14", "started"),
            Self::SignedIn => ("I15", "signed in"),
        }
    }
}

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
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

impl Finding {
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
    fn is_like(&self, other: &Self) -> bool {
        (self.invariant, &self.about, &self.problem) == (other.invariant, &other.about, &other.problem)
    }
}

/// What was looked at for one invariant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Which.
    pub invariant: Invariant,
    /// How much was looked at, so that an empty shop does not pass for a good one.
    pub counted: Vec<Count>,
    /// Figures for a person.
    pub notes: Vec<String>,
    /// How many findings there are.
    pub violations: usize,
    /// The first hundred of them.
    pub findings: Vec<Finding>,
}

/// How many of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// `orders`, `payments`, …
    pub what: &'static str,
    /// How many.
    pub count: u64,
}

/// A check's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// One per invariant, in their order.
    pub sections: Vec<Section>,
    /// Whether what was found was looked at a second time.
    pub looked_twice: bool,
}

impl Default for Report {
    fn default() -> Self {
        let section = |invariant| Section {
            invariant,
            counted: Vec::new(),
            notes: Vec::new(),
            violations: 0,
            findings: Vec::new(),
        };
        Self { sections: Invariant::ALL.map(section).into(), looked_twice: false }
    }
}

impl Report {
    /// Whether nothing was found.
    pub fn holds(&self) -> bool {
        self.sections.iter().all(|section| section.violations == 0)
    }

    /// The findings that are listed, by invariant.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// The section of an invariant.
    pub fn section(&self, invariant: Invariant) -> &Section {
        // One for each, in this order.
        &self.sections[invariant as usize]
    }

    /// How many of what were looked at for an invariant.
    pub fn counted(&self, invariant: Invariant, what: &str) -> u64 {
        self.section(invariant).counted.iter().filter(|count| count.what == what).map(|count| count.count).sum()
    }

    pub(crate) fn count(&mut self, invariant: Invariant, what: &'static str, more: usize) {
        let counted = &mut self.sections[invariant as usize].counted;
        match counted.iter_mut().find(|count| count.what == what) {
            Some(count) => count.count += more as u64,
            None => counted.push(Count { what, count: more as u64 }),
        }
    }

    pub(crate) fn note(&mut self, invariant: Invariant, note: String) {
        self.sections[invariant as usize].notes.push(note);
    }

    pub(crate) fn add(&mut self, invariant: Invariant, findings: impl IntoIterator<Item = Finding>) {
        let section = &mut self.sections[invariant as usize];
        for finding in findings {
            debug_assert_eq!(finding.invariant, invariant);
            section.violations += 1;
            if section.findings.len() < LISTED {
                section.findings.push(finding);
            }
        }
    }

    /// Keeps what an earlier look found too.
    pub(crate) fn confirmed_by(mut self, earlier: &Self) -> Self {
        for section in &mut self.sections {
            // Where there are more than are listed, those that are not cannot be compared; so
            // many are no passing sight.
            if section.violations > LISTED {
                continue;
            }
            let before = &earlier.section(section.invariant).findings;
            section.findings.retain(|finding| before.iter().any(|other| finding.is_like(other)));
            section.violations = section.findings.len();
        }
        self.looked_twice = true;
        self
    }
}
