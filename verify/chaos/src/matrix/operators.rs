//! An operator restricts an account while its user is signed in, and Redis may be unavailable
//! between the row and the record: once the command has succeeded, no session has more rights than
//! its account.

use anyhow::{Context, Result, ensure};
use local::terminal;
use operator::{Action, Command};
use serde_json::json;

use super::env::MatrixEnv;
use crate::violations::Violations;

/// Action and role, and what the session may do from the next request on: be signed in, and see
/// what only admins see.
const COMMANDS: [(Action, Option<&str>, bool, bool); 4] = [
    (Action::SetRole, Some("customer"), true, false),
    (Action::SetRole, Some("admin"), true, true),
    (Action::EndSessions, None, false, false),
    (Action::Disable, None, false, false),
];
/// Nothing listens there, so every connection fails at once.
const NO_REDIS: (&str, &str) = ("REDIS_URL", "redis://127.0.0.1:1");

pub(super) async fn run(world: &MatrixEnv) -> Result<Violations> {
    let mut verdict = Violations::default();
    let operator = |changed: &[(&str, &str)]| {
        operator::App::from_env(&world.env.env_with(changed), &world.env.clock).map_err(anyhow::Error::from_boxed)
    };
    let (well, without_store) = (operator(&[])?, operator(&[NO_REDIS])?);
    let mut cases = 0;
    for (action, role, signed_in, admin) in COMMANDS {
        for broken in [false, true] {
            // A user who is to become an admin is none yet.
            let is_admin = role != Some("admin");
            let person = if is_admin { world.env.admin().await } else { world.env.customer().await };
            let client = world.orders.as_user(&person);
            let may = async || {
                let (own, all) =
                    (client.get("/api/orders").await.status, client.get("/api/orders?all=true").await.status);
                (own == 200, all == 200)
            };
            ensure!(may().await == (true, is_admin), "{action:?}: before the command");
            let command = match role {
                Some(role) => Command::from_json(json!({"action": "setRole", "userId": person.id, "role": role})),
                None => {
                    Command::from_json(json!({"action": "show", "userId": person.id})).map(|c| Command { action, ..c })
                }
            };
            let command = command.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            if broken {
                ensure!(
                    operator::run(&without_store, &command).await.is_err(),
                    "{action:?}: the command succeeded without Redis"
                );
            }
            let done = operator::run(&well, &command).await.map_err(|problem| anyhow::anyhow!("{problem}"));
            done.with_context(|| format!("{action:?}, Redis unreachable: {broken}"))?;
            let found = may().await;
            if found != (signed_in, admin) {
                let name = format!("{action:?} {} Redis unreachable: {broken}", role.unwrap_or_default());
                verdict.add(name, format!("(signed in, admin) is {found:?} and not {:?}", (signed_in, admin)));
            }
            cases += 1;
        }
    }
    terminal::print_line(format!("  {cases} times an operator changed an account that was signed in"));
    Ok(verdict)
}
