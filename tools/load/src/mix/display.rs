//! How a run is going: a table that is drawn anew on a terminal, now and then a line elsewhere.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use tokio::time::Instant;

use super::summary::Summary;
use crate::say;

/// Between two lines where nobody redraws.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Up so many lines, and all below erased.
const ERASE_BELOW: &str = "\x1b[J";

#[derive(Debug)]
pub(crate) struct Display {
    terminal: bool,
    drawn: Cell<usize>,
    last: Cell<Instant>,
}

impl Display {
    pub(crate) fn new() -> Self {
        Self { terminal: stderr().is_terminal(), drawn: Cell::new(0), last: Cell::new(Instant::now()) }
    }

    pub(crate) fn show(&self, so_far: &dyn Fn() -> Summary) {
        if self.terminal {
            let summary = so_far();
            let text = format!("{}\n{summary}", summary.in_short());
            self.clear();
            self.drawn.set(text.lines().count());
            say::aside(text);
        } else if self.last.get().elapsed() >= LINE_EVERY {
            self.last.set(Instant::now());
            say::aside(so_far().in_short());
        }
    }

    /// Takes the table away; what comes next stands in its place.
    pub(crate) fn clear(&self) {
        let lines = self.drawn.replace(0);
        if lines > 0 {
            say::raw(format!("\x1b[{lines}A\r{ERASE_BELOW}"));
        }
    }
}
