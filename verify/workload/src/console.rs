//! Output: results on standard output, progress on standard error.

use std::fmt::Display;

/// A line of the result.
#[expect(clippy::print_stdout, reason = "a program's result")]
pub(crate) fn print_line(text: impl Display) {
    println!("{text}");
}

/// A line of progress.
#[expect(clippy::print_stderr, reason = "progress, for the person at the terminal")]
pub(crate) fn print_status(text: impl Display) {
    eprintln!("{text}");
}

/// Progress text without a line end.
#[expect(clippy::print_stderr, reason = "progress, for the person at the terminal")]
pub(crate) fn print_status_raw(text: impl Display) {
    eprint!("{text}");
}
