//! A private Redis, or Valkey, which has the same protocol.

use anyhow::Context;
use rustix::process::Signal;
use tokio::process::Command;

use super::data_folder::DataFolder;
use super::server_process::{LaunchPlan, ServerProcess};
use super::store::{Server, Store};
use super::{pid_file, programs, readiness};

pub(crate) const URL_VARIABLE: &str = "SHOP_REDIS_URL";
const NAME: &str = "redis";
const STOP_SIGNAL: Signal = Signal::TERM;

pub(crate) async fn start(data_folder: &DataFolder) -> anyhow::Result<Store> {
    if let Some(url) = data_folder.external_url(URL_VARIABLE) {
        let version = readiness::ping_external(URL_VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version, url, server: Server::External });
    }
    let program = programs::find_redis_server().ok_or_else(|| programs::REDIS.not_installed())?;
    let home = data_folder.store_folder(NAME)?;
    pid_file::wait_for_exit(&home, STOP_SIGNAL).await?;
    let data = home.join("data");
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let serve = |port: u16| {
        let mut command = Command::new(&program);
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
            .args(["--save", "", "--appendonly", if data_folder.options.durable { "yes" } else { "no" }])
            .arg("--dir")
            .arg(&data)
            .current_dir(&data);
        command
    };
    let plan = LaunchPlan { store: NAME, home: &home, command: serve, user: None, stop_signal: STOP_SIGNAL };
    let url = |port| format!("redis://127.0.0.1:{port}");
    // While it loads its file it answers a ping with the error BusyLoading, so the ping is
    // repeated.
    let (child, port, version) = ServerProcess::start(data_folder, plan, async |port| ping(&url(port)).await).await?;
    Ok(Store { name: NAME, version, url: url(port), server: Server::Process(child) })
}

async fn ping(url: &str) -> anyhow::Result<String> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let _: String = redis::cmd("PING").query_async(&mut connection).await?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
    Ok(match (field("valkey_version:"), field("redis_version:")) {
        (Some(valkey), _) => format!("Valkey {valkey}"),
        (None, redis) => format!("Redis {}", redis.unwrap_or("of unknown version")),
    })
}
