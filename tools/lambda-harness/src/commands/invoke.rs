//! `lambda-harness invoke`: one function, one event.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::stored_events::TOKEN_PLACEHOLDER;
use crate::{ALL_FUNCTIONS, Sandbox, default_bin_dir, find_binary};

/// Send one event to one function and print the output; the log goes to standard error.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function's name
    #[arg(value_parser = ALL_FUNCTIONS)]
    function: String,
    /// A JSON file with the event
    event: PathBuf,
    /// The functions' environment variables, as `make run` writes them
    #[arg(long, default_value = ".local/stores/shop/functions.env")]
    env: PathBuf,
    /// The folder with the functions' programs [default: the folder of this program]
    #[arg(long)]
    bin_dir: Option<PathBuf>,
    /// A token to put in place of the event's `TOKEN`
    #[arg(long)]
    token: Option<String>,
}

/// # Errors
/// When the program or the file is missing, or the function fails.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = args.bin_dir.map_or_else(default_bin_dir, Ok)?;
    let variables = read_env_file(&args.env)?;
    let text = std::fs::read_to_string(&args.event).with_context(|| format!("cannot read {}", args.event.display()))?;
    let text = match &args.token {
        Some(token) => text.replace(&format!("Bearer {TOKEN_PLACEHOLDER}"), &format!("Bearer {token}")),
        None => text,
    };
    let event: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", args.event.display()))?;
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

/// Lines with `NAME='value'`, as the local server writes them.
fn read_env_file(file: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {}: is the shop running (`make run`)?", file.display()))?;
    let mut variables = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let Some((name, value)) = line.split_once('=') else {
            bail!("{}: not a variable: {name}", file.display(), name = line.split('\'').next().unwrap_or_default())
        };
        let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
        variables.push((name.to_owned(), value.replace(r"'\''", "'")));
    }
    Ok(variables)
}
