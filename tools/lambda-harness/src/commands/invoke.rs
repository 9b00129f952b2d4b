//! `lambda-harness invoke`: one function, one event.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{ALL_FUNCTIONS, Sandbox, default_bin_dir, find_binary};

/// The placeholder of a token in stored events.
const TOKEN_PLACEHOLDER: &str = "Bearer TOKEN";

/// Send one event to one function and print its response; its log goes to standard error.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function
    #[arg(value_parser = ALL_FUNCTIONS)]
    function: String,
    /// A file with the event, as JSON
    event: PathBuf,
    /// The functions' configuration, written by a running shop
    #[arg(long, default_value = ".local/stores/shop/functions.env")]
    env: PathBuf,
    /// The folder of the programs; by default that of this program
    #[arg(long)]
    bin_dir: Option<PathBuf>,
    /// A token that replaces the events' `TOKEN`
    #[arg(long)]
    token: Option<String>,
}

/// # Errors
/// No such program, no such file, a function that fails.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = args.bin_dir.map_or_else(default_bin_dir, Ok)?;
    let variables = read_env_file(&args.env)?;
    let text = std::fs::read_to_string(&args.event).with_context(|| format!("cannot read {}", args.event.display()))?;
    let text = match &args.token {
        Some(token) => text.replace(TOKEN_PLACEHOLDER, &format!("Bearer {token}")),
        None => text,
    };
    let event: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", args.event.display()))?;
    let mut sandbox = Sandbox::start(&find_binary(&folder, &args.function)?, &args.function, &variables).await?;
    let outcome = sandbox.invoke(&event).await?;
    for line in sandbox.log_lines() {
        eprintln!("{line}");
    }
    match outcome.json() {
        Ok(json) => println!("{json:#}"),
        Err(_) => println!("{}", String::from_utf8_lossy(&outcome.payload)),
    }
    Ok(ExitCode::SUCCESS)
}

/// `NAME='value'` lines, as the local server writes them.
fn read_env_file(file: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {}: is the shop running (`make run`)?", file.display()))?;
    let mut variables = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let Some((name, value)) = line.split_once('=') else {
            bail!("{}: no variable: {name}", file.display(), name = line.split('\'').next().unwrap_or_default())
        };
        let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
        variables.push((name.to_owned(), value.replace(r"'\''", "'")));
    }
    Ok(variables)
}
