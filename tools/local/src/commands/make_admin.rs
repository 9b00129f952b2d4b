//! `local make-admin`: makes a user an admin, which is not possible over HTTP. It is `local account
//! set-role` for the one case that everyone needs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use domain::ProblemKind;
use domain::users::{Email, Role};

use super::account;
use crate::stores::DEFAULT_DIR;
use crate::terminal;

/// Make a user an admin. The shop must be running, and the user must have signed up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The email address of the user
    email: String,
    /// Make the user a customer again
    #[arg(long)]
    revoke: bool,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// No shop is running, no user has that address, or a store is unavailable.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let email = Email::try_from(args.email.clone()).map_err(|e| anyhow::anyhow!("{}: {e}", args.email))?;
    let app = account::open_operator(&args.dir)?;
    let role = if args.revoke { Role::Customer } else { Role::Admin };
    let user = match operator::set_role(&app, &email, role).await {
        Ok(user) => user,
        Err(problem) if problem.kind() == ProblemKind::NotFound => {
            bail!("no account has the address {}; sign up first", email.as_str())
        }
        Err(problem) => bail!("{problem}"),
    };
    let now = if args.revoke { "a customer" } else { "an admin" };
    terminal::print_line(format!("{} ({}) is {now} from the next request on.", user.name, user.email));
    Ok(ExitCode::SUCCESS)
}
