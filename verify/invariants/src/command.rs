//! The operator's command, whichever program includes it.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::check::check_live;
use crate::history::History;
use crate::options::CheckOptions;
use crate::report::InvariantReport;
use crate::stores::Stores;

/// An invariant is violated.
const EXIT_VIOLATED: u8 = 1;
/// The check failed: a store is unavailable, or a history cannot be parsed. The same code as
/// clap's.
const EXIT_UNKNOWN: u8 = 2;

/// The options of a check.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// A history of responses, as `workload` writes it; may be repeated
    #[arg(long, value_name = "FILE")]
    history: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// The shop is idle: no requests, recovery has run, queues are drained. Then nothing is excused
    /// by work in progress
    #[arg(long)]
    settled: bool,
    /// For how many seconds all stores have been available, if they were not: what would need
    /// longer to complete is not checked yet
    #[arg(long, value_name = "SECONDS", default_value_t = f64::INFINITY, hide_default_value = true)]
    quiet_seconds: f64,
    /// Seconds after which a possible violation in a running shop is checked again
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    again_after: u64,
}

/// Checks and prints the report.
pub async fn run(request: &CheckArgs, stores: &Stores) -> ExitCode {
    let history = match read_histories(&request.history) {
        Ok(history) => history,
        Err(problem) => return report_error(problem),
    };
    let options = CheckOptions { history, seconds_since_fault: request.quiet_seconds, quiescent: request.settled };
    match check_live(stores, &options, Duration::from_secs(request.again_after)).await {
        Ok(report) => {
            print_report(&report, request.json);
            if report.holds() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_VIOLATED) }
        }
        Err(away) => report_error(away),
    }
}

/// Reports on standard error why the check failed.
pub fn report_error(why: impl Display) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {why}");
    ExitCode::from(EXIT_UNKNOWN)
}

/// A closed pipe is not an error: `reconcile | head -1` ends quietly.
fn print_report(report: &InvariantReport, json: bool) {
    let mut out = std::io::stdout().lock();
    let _ = match json {
        true => serde_json::to_writer_pretty(&mut out, report).map_err(Into::into).and_then(|()| writeln!(out)),
        false => writeln!(out, "{report}"),
    };
}

fn read_histories(files: &[PathBuf]) -> Result<Option<History>, String> {
    let mut all = None;
    for file in files {
        let read = File::open(file).map_err(|error| error.to_string());
        let read = read.and_then(|lines| History::read(BufReader::new(lines)).map_err(|error| error.to_string()));
        let read = read.map_err(|error| format!("{}: {error}", file.display()))?;
        all = Some(match all.take() {
            Some(before) => History::merge(before, read),
            None => read,
        });
    }
    Ok(all)
}
