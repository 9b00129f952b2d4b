//! After the faults: servers stop gracefully, unfinished work is completed, and everything that was
//! acknowledged to customers must hold.

use anyhow::{Context, Result};
use local::terminal;
use tokio::process::Command;
use workload::simulation::Summary;
use workload::verify;

use super::cluster::{DRAIN_TIMEOUT, Fleet};
use super::server::Server;
use crate::violations::Violations;

/// Concurrent requests of the verification.
const VERIFY_CONCURRENCY: usize = 8;

/// All checks of a fleet; its servers and stores are stopped afterwards.
pub(crate) async fn stop_and_check(mut fleet: Fleet, customers: &Summary) -> Result<Violations> {
    let mut verdict = Violations::default();
    terminal::print_line(customers);
    for surprise in &customers.surprises {
        verdict.add("a response", surprise);
    }
    if customers.total.unexpected_count() > customers.surprises.len() as u64 {
        verdict.add("responses", format!("{} were unexpected", customers.total.unexpected_count()));
    }
    for (kind, open) in customers.unanswered() {
        verdict.add(
            "a recovery",
            format!("{open} × {kind} had no response {} s after the last fault", DRAIN_TIMEOUT.as_secs()),
        );
    }
    for server in &mut fleet.servers {
        if let Err(error) = server.stop().await {
            verdict.add("a stop", format!("{error:#}"));
        }
    }
    run_recover_command(&fleet, &mut verdict, &["--brief"]).await?;
    verify_acknowledged(&mut fleet, &mut verdict).await?;
    run_recover_command(&fleet, &mut verdict, &[]).await?;
    fleet.stores.stop().await;
    Ok(verdict)
}

/// One server is started again, and every acknowledged request is repeated.
async fn verify_acknowledged(fleet: &mut Fleet, verdict: &mut Violations) -> Result<()> {
    let server = &mut fleet.servers[0];
    server.start(&fleet.stores).await?;
    server.wait_until_up(&fleet.stores).await?;
    let plan = verify::VerifyPlan {
        urls: vec![server.url()],
        history: fleet.dir.join("history"),
        admin: Some(fleet.admin.clone()),
        concurrency: VERIFY_CONCURRENCY,
        retry_for: DRAIN_TIMEOUT,
    };
    let found = verify::verify(&plan).await.context("repeat the acknowledged requests")?;
    terminal::print_line(&found);
    for difference in &found.differences {
        verdict.add("acknowledged", difference);
    }
    server.stop().await
}

/// In a process of its own, whose environment names the stores.
async fn run_recover_command(fleet: &Fleet, verdict: &mut Violations, flags: &[&str]) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("settle")
        .arg("--folder")
        .arg(Server::data_dir(&fleet.dir, 0))
        .arg("--history")
        .arg(fleet.history())
        .args(flags);
    command.envs(fleet.stores.env()).kill_on_drop(true);
    let status = fleet.stores.spawn(command).await?.wait().await?;
    if !status.success() {
        verdict.add("the stores", format!("see above; they are in {}", fleet.dir.display()));
    }
    Ok(())
}
