//! `lambda-harness measure`: each function's zip size, start time and memory.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use local::shop;
use local::stores::Endpoints;
use runtime::{Clock, Env};
use zip::write::SimpleFileOptions;

use super::statistics::median;
use super::{cold_start, first_event};
use crate::{ALL_FUNCTIONS, Sandbox, default_bin_dir, find_binary};

/// The targets of a function with one store.
const ZIP_TARGET_MB: f64 = 4.0;
const START_TARGET_MS: f64 = 8.0;
const MEMORY_TARGET_MIB: f64 = 20.0;
/// Marks what is above its target.
const ABOVE_TARGET: char = '*';

/// Print a table of all functions: zip size, start time, first event and memory.
///
/// Uses the stores that the environment names (`local stores -- lambda-harness measure`). Times are
/// medians. A start ends when the function asks for its first event. The first event makes it call
/// all its stores: `GET /api/…/ready` for a function with routes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder with the functions' programs [default: the folder of this program]
    #[arg(long)]
    bin_dir: Option<PathBuf>,
    /// Starts of each function
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=200))]
    runs: u32,
    /// Measure this function only; may be repeated
    #[arg(long = "function", value_name = "NAME", value_parser = ALL_FUNCTIONS)]
    functions: Vec<String>,
    /// Measure cold starts with TLS 1.3 to every store and to Secrets Manager
    #[arg(long)]
    tls: bool,
    /// With --tls: share of a processor, by default what Lambda gives 512, 256 and 128 MB; may be repeated
    #[arg(long = "cpu-share", value_name = "SHARE", requires = "tls", default_values_t = [0.29, 0.145, 0.07])]
    cpu_shares: Vec<f64>,
}

struct Row {
    function: String,
    zip_mb: f64,
    start: Duration,
    first_response: Duration,
    idle_mib: f64,
    resident_mib: f64,
}

/// # Errors
/// When there are no stores, or a program is missing or fails.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let env = Env::from_env();
    let endpoints = Endpoints::from_variables(|name| env.optional(name));
    let endpoints =
        endpoints.context("no stores: run `make measure-functions`, or `local stores -- lambda-harness measure`")?;
    let folder = args.bin_dir.map_or_else(default_bin_dir, Ok)?;
    let clock = Clock::system();
    let prefix = format!("f{:x}_", clock.random() as u64);
    let secrets = std::env::temp_dir().join(format!("lambda-harness-{prefix}"));
    let variables = shop::provision_function_env(&endpoints, &secrets, &prefix).await;
    std::fs::remove_dir_all(&secrets).context("cannot clean up")?;
    let variables = variables?;
    let chosen = |function: &&str| args.functions.is_empty() || args.functions.iter().any(|chosen| chosen == function);
    if args.tls {
        cold_start::run(&folder, &endpoints, variables, args.runs, &args.cpu_shares).await?;
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{:<20} {:>8} {:>12} {:>14} {:>10} {:>12}",
        "function", "zip MB", "start ms", "first event ms", "idle MiB", "after MiB"
    );
    for function in ALL_FUNCTIONS.into_iter().filter(chosen) {
        eprintln!("{function}…");
        let row = measure(&folder, function, &variables, args.runs, &clock).await;
        print_row(&row.with_context(|| format!("{function} fails"))?);
    }
    println!(
        "Targets for a function with one store: {ZIP_TARGET_MB} MB, {START_TARGET_MS} ms, {MEMORY_TARGET_MIB} MiB; {ABOVE_TARGET} is above."
    );
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn print_row(row: &Row) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let cell = |value: f64, target: f64| format!("{value:.1}{}", if value > target { ABOVE_TARGET } else { ' ' });
    println!(
        "{:<20} {:>8} {:>12} {:>14.1} {:>10.1} {:>12}",
        row.function,
        cell(row.zip_mb, ZIP_TARGET_MB),
        cell(ms(row.start), START_TARGET_MS),
        ms(row.first_response),
        row.idle_mib,
        cell(row.resident_mib, MEMORY_TARGET_MIB)
    );
}

async fn measure(
    folder: &Path,
    function: &str,
    variables: &[(String, String)],
    runs: u32,
    clock: &Clock,
) -> anyhow::Result<Row> {
    let program = find_binary(folder, function)?;
    let env: Env = variables.iter().cloned().collect();
    let mib = |kib: u64| kib as f64 / 1024.0;
    let (mut starts, mut firsts) = (Vec::new(), Vec::new());
    let (mut idle, mut resident) = (0.0_f64, 0.0_f64);
    for _ in 0..runs {
        let mut sandbox = Sandbox::start(&program, function, variables).await?;
        starts.push(sandbox.init_duration());
        idle = idle.max(mib(sandbox.resident_kib()?));
        let outcome = sandbox.invoke(&first_event::build(function, &env, clock)?).await?;
        firsts.push(outcome.duration);
        resident = resident.max(mib(sandbox.resident_kib()?));
    }
    let zip = zip_size(&program)? as f64 / 1_000_000.0;
    let (start, first) = (median(starts), median(firsts));
    Ok(Row {
        function: function.to_owned(),
        zip_mb: zip,
        start,
        first_response: first,
        idle_mib: idle,
        resident_mib: resident,
    })
}

/// The size of the zip that is uploaded: the program alone, as `bootstrap`.
fn zip_size(program: &Path) -> anyhow::Result<usize> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    archive.write_all(&std::fs::read(program)?)?;
    Ok(archive.finish()?.into_inner().len())
}
