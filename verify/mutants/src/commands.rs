//! The command line.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::choice::{self, Crates};
use crate::patch::{self, FOLDER, Mutant, Run};
use crate::process::succeed;
use crate::scratch::{Scratch, target_folder};
use crate::trial::{self, Outcome};

const GIT_TIMEOUT: Duration = Duration::from_secs(60);
/// How many crates the mutants of `--pick` may rebuild together, when there are several.
const PICK_BUDGET: usize = 30;

/// Build the backend with known bugs, one at a time, and demand that a test run catches each.
///
/// Exit code 0: every mutant was caught, and the same runs pass without them. 1: one was missed, or a run fails
/// without any. 2: a mutant could not be tried.
#[derive(Debug, clap::Parser)]
#[command(name = "mutants", version)]
pub struct Args {
    /// Only this mutant; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this many; each commit selects different ones
    #[arg(long, value_name = "COUNT", conflicts_with = "only")]
    pick: Option<usize>,
    /// Seed of the test runs; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Do not run the unpatched code
    #[arg(long)]
    skip_unpatched: bool,
    /// Keep the scratch copy with its compiled files
    #[arg(long)]
    keep: bool,
    /// List the mutants, with what each breaks
    #[arg(long)]
    list: bool,
}

/// Runs it.
///
/// # Errors
/// When a patch cannot be read or does not apply, code does not compile, or a run ends without a result.
pub async fn run(args: Args) -> Result<ExitCode> {
    let root = git(Path::new("."), &["rev-parse", "--show-toplevel"]).await.map(PathBuf::from)?;
    let mutants = select(&args, &root).await?;
    if args.list {
        for mutant in &mutants {
            print_line(format!("{:<24} {}\n{:24} caught by: {}", mutant.name, mutant.bug, "", mutant.caught_by));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chaos = mutants.iter().any(|mutant| matches!(mutant.caught_by, Run::Chaos(_)));
    let has_stores = std::env::var_os("SHOP_POSTGRES_URL").is_some();
    ensure!(has_stores || !chaos, "no stores in the environment: use `make verify-mutants`, which starts some");
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    // Returning ends the running program and removes the scratch copy.
    tokio::select! {
        code = try_all(&args, &root, &mutants) => code,
        _ = interrupted.recv() => anyhow::bail!("interrupted"),
        _ = terminated.recv() => anyhow::bail!("terminated"),
    }
}

async fn select(args: &Args, root: &Path) -> Result<Vec<Mutant>> {
    let mut mutants = patch::read_all(root)?;
    if let Some(count) = args.pick {
        let commit = git(root, &["rev-parse", "HEAD"]).await?;
        return Ok(choice::pick(mutants, &Crates::read(root)?, &commit, count, PICK_BUDGET));
    }
    for name in &args.only {
        let known = mutants.iter().any(|mutant| mutant.name == *name);
        ensure!(known, "there is no {FOLDER}/{name}.patch; `--list` shows all mutants");
    }
    mutants.retain(|mutant| args.only.is_empty() || args.only.contains(&mutant.name));
    Ok(mutants)
}

async fn try_all(args: &Args, root: &Path, mutants: &[Mutant]) -> Result<ExitCode> {
    let start = Instant::now();
    let seed = args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let scratch = Scratch::create(root, &target_folder()?, args.keep).await?;
    print_line(format!("{} mutants in a copy of the checkout, seed {seed}", mutants.len()));
    if args.keep {
        print_line(format!("scratch copy: {}", scratch.tree().display()));
    }
    let clean = args.skip_unpatched || try_unpatched(&scratch, mutants, seed).await?;
    let (mut caught, mut undecided) = (0, 0);
    for mutant in mutants {
        match try_mutant(&scratch, mutant, seed).await {
            Ok(is_caught) => caught += usize::from(is_caught),
            Err(error) => {
                undecided += 1;
                print_line(format!("FAILED    {}: {error:#}", mutant.name));
            }
        }
    }
    let seconds = start.elapsed().as_secs();
    print_line(format!("{caught} of {} mutants were caught, seed {seed}, {seconds} s", mutants.len()));
    ensure!(undecided == 0, "{undecided} mutants could not be tried, see above");
    Ok(if clean && caught == mutants.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Applies a mutant, runs what must catch it, and takes the mutant out again. True if it was caught.
async fn try_mutant(scratch: &Scratch, mutant: &Mutant, seed: u64) -> Result<bool> {
    scratch.apply(mutant, false).await?;
    let outcome = trial::execute(scratch, &mutant.caught_by, seed).await;
    scratch.apply(mutant, true).await?;
    let Outcome { violations, build_time, run_time } = outcome?;
    let Mutant { name, bug, caught_by, .. } = mutant;
    let times = format!("built in {} s, ran {} s", build_time.as_secs(), run_time.as_secs());
    print_line(match violations.first() {
        Some(first) => format!("caught    {name:<24} {times}: {} violations, such as {first}", violations.len()),
        None => format!("MISSED    {name:<24} {times}: `{caught_by} --seed {seed}` passes. {bug}"),
    });
    Ok(!violations.is_empty())
}

/// Every run once without a mutant: it must pass, or it proves nothing.
async fn try_unpatched(scratch: &Scratch, mutants: &[Mutant], seed: u64) -> Result<bool> {
    let runs: BTreeSet<&Run> = mutants.iter().map(|mutant| &mutant.caught_by).collect();
    let mut clean = true;
    for run in runs {
        let Outcome { violations, run_time, .. } =
            trial::execute(scratch, run, seed).await.with_context(|| format!("{run}, without a mutant"))?;
        let seconds = run_time.as_secs();
        print_line(match violations.first() {
            Some(first) => format!("UNCLEAN   ran {seconds} s: `{run} --seed {seed}` finds without a mutant: {first}"),
            None => format!("clean     ran {seconds} s: {run}"),
        });
        clean &= violations.is_empty();
    }
    Ok(clean)
}

async fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    let printed = succeed(git.current_dir(folder).args(arguments), "git", GIT_TIMEOUT).await;
    printed.map(|text| text.trim().to_owned()).context("mutants are built from a Git checkout")
}

/// A closed pipe is no error: `mutants --list | head -1` must end quietly.
fn print_line(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
