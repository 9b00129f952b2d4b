//! A private Redis, or Valkey, which speaks the same.

use anyhow::Context;
use rustix::process::Signal;
use tokio::process::Command;

use super::child::{Child, Plan};
use super::server::{Server, Store};
use super::site::Site;
use super::{predecessor, programs, ready};

pub(crate) const VARIABLE: &str = "SHOP_REDIS_URL";
const NAME: &str = "redis";
const STOP: Signal = Signal::TERM;

pub(crate) async fn start(site: &Site) -> anyhow::Result<Store> {
    if let Some(url) = site.named(VARIABLE) {
        let version = ready::elsewhere(VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version, url, server: Server::Elsewhere });
    }
    let program = programs::redis_server().ok_or_else(|| programs::REDIS.missing())?;
    let home = site.home(NAME)?;
    predecessor::await_end(&home, STOP).await?;
    let data = home.join("data");
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let serve = |port: u16| {
        let mut command = Command::new(&program);
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
            .args(["--save", "", "--appendonly", if site.options.durable { "yes" } else { "no" }])
            .arg("--dir")
            .arg(&data)
            .current_dir(&data);
        command
    };
    let plan = Plan { store: NAME, home: &home, command: serve, user: None, stop: STOP };
    let url = |port| format!("redis://127.0.0.1:{port}");
    // While it loads its file it answers a ping with the error BusyLoading, so the ping is repeated.
    let (child, port, version) = Child::start(site, plan, async |port| ping(&url(port)).await).await?;
    Ok(Store { name: NAME, version, url: url(port), server: Server::Child(child) })
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
