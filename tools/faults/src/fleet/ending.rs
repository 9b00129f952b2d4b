//! After the faults: servers stop in good order, what they left half done is finished, and all
//! that customers were told must be so.

use anyhow::{Context, Result};
use load::mix::Summary;
use load::verify;
use local::say;
use tokio::process::Command;

use super::{Fleet, PATIENCE, Server};
use crate::verdict::Verdict;

/// Requests under way at once when everything is asked for again.
const AT_ONCE: usize = 8;

/// Everything that is held against a fleet; its servers and stores are stopped afterwards.
pub(crate) async fn judge(mut fleet: Fleet, customers: &Summary) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    say::line(customers);
    for surprise in &customers.surprises {
        verdict.broken("an answer", surprise);
    }
    if customers.total.unexpected() > customers.surprises.len() as u64 {
        verdict.broken("answers", format!("{} were unexpected", customers.total.unexpected()));
    }
    for (kind, open) in customers.unsettled() {
        verdict.broken(
            "a recovery",
            format!("{open} × {kind} had no answer {} s after the last fault", PATIENCE.as_secs()),
        );
    }
    for server in &mut fleet.servers {
        if let Err(error) = server.stop().await {
            verdict.broken("a stop", format!("{error:#}"));
        }
    }
    settle(&fleet, &mut verdict, &["--brief"]).await?;
    ask_again(&mut fleet, &mut verdict).await?;
    settle(&fleet, &mut verdict, &[]).await?;
    fleet.stores.stop().await;
    Ok(verdict)
}

/// One server comes back, and everything that was acknowledged is asked for again.
async fn ask_again(fleet: &mut Fleet, verdict: &mut Verdict) -> Result<()> {
    let server = &mut fleet.servers[0];
    server.start(&fleet.stores).await?;
    server.until_up(&fleet.stores).await?;
    let plan = verify::Plan {
        urls: vec![server.url()],
        history: fleet.dir.join("history"),
        admin: Some(fleet.admin.clone()),
        at_once: AT_ONCE,
        patience: PATIENCE,
    };
    let found = verify::verify(&plan).await.context("everything is asked for again")?;
    say::line(&found);
    for difference in &found.differences {
        verdict.broken("acknowledged", difference);
    }
    server.stop().await
}

/// In a process of its own, whose environment names the stores.
async fn settle(fleet: &Fleet, verdict: &mut Verdict, flags: &[&str]) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("settle")
        .arg("--folder")
        .arg(Server::folder(&fleet.dir, 0))
        .arg("--history")
        .arg(fleet.history())
        .args(flags);
    command.envs(fleet.stores.env()).kill_on_drop(true);
    let status = fleet.stores.spawn(command).await?.wait().await?;
    if !status.success() {
        verdict.broken("the stores", format!("see above; they are in {}", fleet.dir.display()));
    }
    Ok(())
}
