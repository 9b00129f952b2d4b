//! A report as text.

use std::fmt::{self, Display, Formatter};

use crate::report::{InvariantReport, InvariantSection};

impl Display for InvariantReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for section in &self.sections {
            section.fmt(f)?;
        }
        let broken: Vec<&InvariantSection> = self.sections.iter().filter(|section| section.violations > 0).collect();
        if self.looked_twice {
            writeln!(f, "Possible violations were checked a second time; only those found both times are listed.")?;
        }
        if broken.is_empty() {
            return write!(f, "All {} invariants hold.", self.sections.len());
        }
        let names: Vec<&str> = broken.iter().map(|section| section.invariant.name().0).collect();
        let violations: usize = broken.iter().map(|section| section.violations).sum();
        write!(f, "{violations} violations of {}.", names.join(", "))
    }
}

impl Display for InvariantSection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (number, name) = self.invariant.name();
        let verdict = if self.violations == 0 { "holds" } else { "VIOLATED" };
        let counted: Vec<String> = self.counted.iter().map(|count| format!("{} {}", count.count, count.what)).collect();
        writeln!(f, "{number:<4}{name:<18}{verdict:<10}{}", counted.join(", "))?;
        for note in &self.notes {
            writeln!(f, "      {note}")?;
        }
        for finding in &self.findings {
            writeln!(f, "    ! {}: {}", finding.about, finding.problem)?;
            writeln!(f, "        expected {}, found {}", finding.expected, finding.found)?;
        }
        let more = self.violations - self.findings.len();
        if more > 0 {
            writeln!(f, "    ! and {more} more")?;
        }
        Ok(())
    }
}
