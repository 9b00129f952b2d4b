//! Shows the progress of a run: a table that is redrawn on a terminal, an occasional line
//! elsewhere.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use tokio::time::Instant;

use super::summary::Summary;
use crate::console;

/// The interval of lines if nothing is redrawn.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// The terminal code that erases everything below the cursor.
const ERASE_BELOW: &str = "\x1b[J";

#[derive(Debug)]
pub(crate) struct ProgressDisplay {
    is_terminal: bool,
    drawn_lines: Cell<usize>,
    last_line_at: Cell<Instant>,
}

impl ProgressDisplay {
    pub(crate) fn new() -> Self {
        Self { is_terminal: stderr().is_terminal(), drawn_lines: Cell::new(0), last_line_at: Cell::new(Instant::now()) }
    }

    pub(crate) fn show(&self, so_far: &dyn Fn() -> Summary) {
        if self.is_terminal {
            let summary = so_far();
            let text = format!("{}\n{summary}", summary.status_line());
            self.clear();
            self.drawn_lines.set(text.lines().count());
            console::print_status(text);
        } else if self.last_line_at.get().elapsed() >= LINE_EVERY {
            self.last_line_at.set(Instant::now());
            console::print_status(so_far().status_line());
        }
    }

    /// Removes the table; the next output replaces it.
    pub(crate) fn clear(&self) {
        let lines = self.drawn_lines.replace(0);
        if lines > 0 {
            console::print_status_raw(format!("\x1b[{lines}A\r{ERASE_BELOW}"));
        }
    }
}
