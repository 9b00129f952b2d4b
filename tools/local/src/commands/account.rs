//! `local account`: what an operator may do with an account, as the operator function does it in AWS.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use runtime::{Clock, Vars};
use serde_json::{Value, json};

use crate::say;
use crate::shop;
use crate::stores::{DEFAULT_DIR, Endpoints};

/// Show an account, change its role, disable or enable it, end its sessions. The shop must be
/// running. What is changed counts from the very next request; repeating a command is safe.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do
    action: Action,
    /// Whose account: their address or their id
    account: String,
    /// For set-role: admin or customer
    #[arg(required_if_eq("action", "set-role"))]
    role: Option<String>,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Role, disabled or not, number of sessions
    Show,
    /// Another role; sessions go on with it
    SetRole,
    /// End all sessions and let nobody log in
    Disable,
    /// Let its owner log in again
    Enable,
    /// End all sessions
    EndSessions,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::SetRole => "setRole",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::EndSessions => "endSessions",
        }
    }
}

/// # Errors
/// No shop is running, or a store is away.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let app = operator_of(&args.dir)?;
    let answer = operator::handle(&app, command(&args)).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    say::line(serde_json::to_string_pretty(&answer)?);
    // What the command refused has a code, and no account.
    Ok(if answer.get("code").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The operator's commands on the shop that runs in a folder.
pub(super) fn operator_of(dir: &Path) -> anyhow::Result<operator::App> {
    let environment = Vars::from_env();
    let endpoints = Endpoints::named(|name| environment.optional(name)).or_else(|| Endpoints::running_in(dir));
    let endpoints =
        endpoints.with_context(|| format!("no shop is running in {}: start one with `make run`", dir.display()))?;
    shop::accounts(&endpoints, &dir.join("shop"), &Clock::system())
}

/// The command as it would be sent to AWS.
fn command(args: &Args) -> Value {
    let mut command = json!({"action": args.action.name()});
    match args.account.parse::<i64>() {
        Ok(id) => command["userId"] = json!(id),
        Err(_) => command["email"] = json!(args.account),
    }
    if let Some(role) = &args.role {
        command["role"] = json!(role);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_what_the_function_takes_in_aws() {
        let args = |action, account: &str, role: Option<&str>| Args {
            action,
            account: account.to_owned(),
            role: role.map(str::to_owned),
            dir: PathBuf::new(),
        };
        for action in Action::value_variants() {
            let role = matches!(action, Action::SetRole).then_some("admin");
            for account in ["ada@example.org", "7"] {
                let command = command(&args(*action, account, role));
                assert!(operator::Command::read(command.clone()).is_ok(), "{command}");
            }
        }
    }
}
