//! `local make-admin`: lets somebody run the shop. There is no way to it over HTTP.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use domain::users::Email;
use runtime::{Clock, Vars};

use crate::say;
use crate::shop;
use crate::stores::{DEFAULT_DIR, Endpoints};

/// Make a user an admin. The shop must be running, and the user must have signed up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address that they signed up with
    email: String,
    /// Take the right away again
    #[arg(long)]
    revoke: bool,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// No shop is running, nobody has that address, or a store is away.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let email = Email::try_from(args.email.clone()).map_err(|e| anyhow::anyhow!("{}: {e}", args.email))?;
    let environment = Vars::from_env();
    let endpoints = Endpoints::named(|name| environment.optional(name)).or_else(|| Endpoints::running_in(&args.dir));
    let endpoints = endpoints
        .with_context(|| format!("no shop is running in {}: start one with `make run`", args.dir.display()))?;
    let app = shop::accounts(&endpoints, &args.dir.join("shop"), &Clock::system())?;
    let changed =
        if args.revoke { users::revoke_admin(&app, &email).await } else { users::grant_admin(&app, &email).await };
    let changed = changed.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let Some(user) = changed else { bail!("nobody has the address {}; sign up first", email.as_str()) };
    let now = if args.revoke { "a customer" } else { "an admin" };
    say::line(format!("{} ({}) is {now} from the next request on.", user.name, user.email));
    Ok(ExitCode::SUCCESS)
}
