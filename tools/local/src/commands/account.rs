//! `local account`: an operator's commands on an account, as the operator function executes them in
//! AWS.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use runtime::Clock;
use serde_json::{Value, json};

use super::running_shop::find_running_shop;
use crate::shop;
use crate::stores::DEFAULT_DIR;
use crate::terminal;

/// Show an account, change its role, disable or enable it, revoke its sessions. The shop must be
/// running. A change takes effect from the next request; repeating a command is safe.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The action
    action: Action,
    /// The account's email address or id
    account: String,
    /// The role for set-role: admin or customer
    #[arg(required_if_eq("action", "set-role"))]
    role: Option<String>,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Show role, whether disabled, number of sessions
    Show,
    /// Change the role; sessions continue with the new one
    SetRole,
    /// Revoke all sessions and block logins
    Disable,
    /// Allow logins again
    Enable,
    /// Revoke all sessions
    RevokeSessions,
}

impl Action {
    const fn wire_name(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::SetRole => "setRole",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::RevokeSessions => "endSessions",
        }
    }
}

/// # Errors
/// No shop is running, or a store is unavailable.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let app = open_operator(&args.dir)?;
    let response =
        operator::handle(&app, operator_command(&args)).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    terminal::print_line(serde_json::to_string_pretty(&response)?);
    // A rejection has a code, and no account.
    Ok(if response.get("code").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The operator's commands on the shop that runs in a folder.
pub(super) fn open_operator(dir: &Path) -> anyhow::Result<operator::App> {
    shop::accounts(&find_running_shop(dir)?, &dir.join("shop"), &Clock::system())
}

/// The command as it would be sent to AWS.
fn operator_command(args: &Args) -> Value {
    let mut command = json!({"action": args.action.wire_name()});
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
                let command = operator_command(&args(*action, account, role));
                assert!(operator::Command::from_json(command.clone()).is_ok(), "{command}");
            }
        }
    }
}
