//! `local doctor`: what this machine needs, what it has, and how to install the rest.

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::process::Command;

use crate::stores::programs::{self, InstallHint};
use crate::terminal;

/// List what this machine needs, what it has, and the exact command that installs the rest.
///
/// The exit code is 1 if something required is missing.
#[derive(Debug, clap::Args)]
pub struct Args {}

struct Requirement {
    name: &'static str,
    purpose: &'static str,
    found: Option<PathBuf>,
    install: InstallHint,
    optional: bool,
}

/// # Errors
/// None of its own; a missing program is an exit code.
pub async fn run(_args: Args) -> anyhow::Result<ExitCode> {
    let mut missing = 0;
    for need in requirements() {
        match &need.found {
            Some(path) => {
                let version = version(path).await;
                terminal::print_line(format!("ok       {:<12} {version}  {}", need.name, path.display()));
            }
            None if need.optional => {
                terminal::print_line(format!("absent   {:<12} {}: {}", need.name, need.purpose, need.install));
            }
            None => {
                missing += 1;
                terminal::print_line(format!("MISSING  {:<12} {}: {}", need.name, need.purpose, need.install));
            }
        }
    }
    if missing == 0 {
        terminal::print_line("Everything needed is here.");
        return Ok(ExitCode::SUCCESS);
    }
    terminal::print_line(format!("{missing} missing. scripts/install.sh installs all of it where it can."));
    Ok(ExitCode::FAILURE)
}

fn requirements() -> Vec<Requirement> {
    let need = |what, why, found, install| Requirement { name: what, purpose: why, found, install, optional: false };
    let postgres = programs::find_postgres_servers().into_iter().next().map(|(_, bin)| bin.join("postgres"));
    let mut needs = vec![
        need("postgres", "four of the shop's databases", postgres, programs::POSTGRES),
        need("redis", "sessions and caches", programs::find_redis_server(), programs::REDIS),
        need(
            "mongodb",
            "reviews and analytics",
            programs::find_mongo_server().map(|server| server.path().to_owned()),
            programs::MONGO,
        ),
        need("cargo", "builds everything", programs::find_program("cargo"), programs::CARGO),
        need("cc", "some dependencies are C", programs::find_program("cc"), programs::CC),
        need("node", "builds the storefront", programs::find_program("node"), programs::NODE),
        need("npm", "builds the storefront", programs::find_program("npm"), programs::NODE),
    ];
    needs.push(Requirement {
        name: "setpriv",
        purpose: "stops the stores even after kill -9; as root, starts PostgreSQL",
        found: programs::find_program("setpriv"),
        install: programs::SETPRIV,
        optional: !rustix::process::geteuid().is_root(),
    });
    needs
}

/// The first line of `--version` with a digit.
async fn version(path: &PathBuf) -> String {
    // SecantusDB's Python launcher has no --version; its package folder contains the number.
    let Ok(output) = Command::new(path).arg("--version").output().await else {
        return "cannot be run".to_owned();
    };
    if !output.status.success() {
        return "version unknown".to_owned();
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find(|line| line.contains(|c: char| c.is_ascii_digit()))
        .unwrap_or("version unknown")
        .trim()
        .to_owned()
}
