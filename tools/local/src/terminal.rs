//! The one place that writes to the terminal.
//!
//! A closed pipe is not an error: `local doctor | head -1` must end quietly.

use std::fmt::Display;
use std::io::Write;

/// A line for the user, on standard output.
pub fn print_line(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line beside a command's own output, on standard error.
pub fn print_note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// An error, on standard error.
pub fn print_error(text: impl Display) {
    print_note(format!("error: {text}"));
}
