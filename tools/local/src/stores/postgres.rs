//! A private PostgreSQL: the installed programs, with a data folder and a port of its own.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rand::TryRngCore;
use rand::rngs::OsRng;
use rustix::process::Signal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::process::Command;

use super::data_folder::DataFolder;
use super::log_tail::log_tail;
use super::postgres_user::{self, UnixUser};
use super::server_process::{LaunchPlan, ServerProcess};
use super::spawner;
use super::store::{Server, Store};
use super::{pid_file, programs, readiness};
use crate::private_file;

pub(crate) const URL_VARIABLE: &str = "SHOP_POSTGRES_URL";
const NAME: &str = "postgres";
/// Fast shutdown: clients are disconnected, data is flushed.
const STOP_SIGNAL: Signal = Signal::INT;

pub(crate) async fn start(data_folder: &DataFolder) -> anyhow::Result<Store> {
    if let Some(url) = data_folder.external_url(URL_VARIABLE) {
        let version = readiness::ping_external(URL_VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version, url, server: Server::External });
    }
    let home = data_folder.store_folder(NAME)?;
    pid_file::wait_for_exit(&home, STOP_SIGNAL).await?;
    let user = postgres_user::find_unprivileged()?;
    let cluster_folder = postgres_user::prepare_folder(&home, user.as_ref())?;
    let data = cluster_folder.join("data");
    let bin = find_programs(&data)?;
    let password = read_or_create_password(&cluster_folder.join("password"), user.as_ref())?;
    if !data.join("PG_VERSION").exists() {
        init_cluster(data_folder, &bin, &cluster_folder, user.as_ref()).await?;
    }
    // The lock and the predecessor's end ensure that nobody uses the folder; a pid in this file
    // that happens to belong to another process would only prevent the start.
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    let url = |port| format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable");
    let plan = LaunchPlan {
        store: NAME,
        home: &home,
        command: |port| server_command(data_folder, &bin, &data, port),
        user: user.as_ref(),
        stop_signal: STOP_SIGNAL,
    };
    let (child, port, version) = ServerProcess::start(data_folder, plan, async |port| ping(&url(port)).await).await?;
    Ok(Store { name: NAME, version, url: url(port), server: Server::Process(child) })
}

async fn ping(url: &str) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    let number = version.split_whitespace().next().unwrap_or_default();
    Ok(format!("PostgreSQL {number}"))
}

/// The newest programs, or those that created the data folder: versions do not read each other's
/// data.
fn find_programs(data: &Path) -> anyhow::Result<PathBuf> {
    let installed = programs::find_postgres_servers();
    let Some((newest, bin)) = installed.first() else {
        return Err(programs::POSTGRES.not_installed());
    };
    let made_by = std::fs::read_to_string(data.join("PG_VERSION")).ok();
    let made_by: Option<u32> = made_by.and_then(|version| version.trim().parse().ok());
    match made_by {
        Some(made_by) if *newest != 0 => match installed.iter().find(|(major, _)| *major == made_by) {
            Some((_, bin)) => Ok(bin.clone()),
            None => bail!(
                "{} was made by PostgreSQL {made_by}, which is not installed any more (found: \
                 {newest}); install it or remove the folder",
                data.display()
            ),
        },
        _ => Ok(bin.clone()),
    }
}

/// The superuser's password, created at the first start and readable by its owner only.
fn read_or_create_password(file: &Path, user: Option<&UnixUser>) -> anyhow::Result<String> {
    let is_new = !file.exists();
    let password = private_file::read_or_create(file, || {
        let mut bytes = [0_u8; 16];
        OsRng.try_fill_bytes(&mut bytes)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    })?;
    if let Some(user) = user.filter(|_| is_new) {
        chown(file, Some(user.uid), Some(user.gid))?;
    }
    Ok(password)
}

/// `initdb` in another folder, then one rename, so that an interrupted one leaves nothing partial.
async fn init_cluster(
    data_folder: &DataFolder,
    bin: &Path,
    cluster_folder: &Path,
    user: Option<&UnixUser>,
) -> anyhow::Result<()> {
    let unfinished = cluster_folder.join("data.unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    let mut initdb = Command::new(bin.join("initdb"));
    // Plain passwords, as an RDS Proxy gets its tokens: they do not leave this machine, and the
    // client's share of SCRAM, 4096 hashes with a pause after every five, made connecting to a busy
    // shop take longer than allowed.
    initdb
        .args(["--username=postgres", "--auth=password", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", "--no-instructions"]) // sorts the same on every machine
        .arg("--pwfile")
        .arg(cluster_folder.join("password"))
        .arg("-D")
        .arg(&unfinished)
        .current_dir(cluster_folder)
        .env_remove("PGDATA");
    if !data_folder.options.durable {
        initdb.arg("--no-sync");
    }
    let (log, file) = data_folder.create_log("postgres-initdb")?;
    let mut initdb = spawner::with_parent_death_signal_as(&initdb, Signal::TERM, user)?;
    initdb.stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
    let status = data_folder.spawner.spawn(initdb).await?.wait().await?;
    if !status.success() {
        bail!("initdb failed ({status}). The end of {}:\n{}", log.display(), log_tail(&log));
    }
    std::fs::rename(&unfinished, cluster_folder.join("data")).context("cannot finish the data folder")
}

fn server_command(data_folder: &DataFolder, bin: &Path, data: &Path, port: u16) -> Command {
    let mut command = Command::new(bin.join("postgres"));
    command.arg("-D").arg(data).current_dir(data);
    let mut set = |name: &str, value: &str| {
        command.arg("-c").arg(format!("{name}={value}"));
    };
    set("listen_addresses", "127.0.0.1");
    set("port", &port.to_string());
    set("unix_socket_directories", "");
    set("max_connections", "400");
    set("shared_buffers", "128MB");
    set("max_wal_size", "512MB");
    set("wal_level", "minimal"); // there are no replicas
    set("max_wal_senders", "0");
    set("jit", "off"); // compiling costs more than any statement of a shop
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("log_line_prefix", "%m [%p] %u@%d ");
    set("logging_collector", "off");
    match data_folder.options.log_statements_over {
        None => {}
        // By duration each would be logged up to three times: parsed, bound, executed.
        Some(over) if over.is_zero() => set("log_statement", "all"),
        Some(over) => set("log_min_duration_statement", &over.as_millis().to_string()),
    }
    set("log_parameter_max_length", "0"); // parameters may contain personal data
    if !data_folder.options.durable {
        for switch in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(switch, "off");
        }
        set("checkpoint_timeout", "30min");
    }
    command
}

/// Removes the data that is stored outside of the stores' folder, because its user cannot reach
/// that folder.
pub(crate) fn erase_external_data(dir: &Path) -> anyhow::Result<()> {
    let elsewhere = postgres_user::fallback_folder(&dir.join(NAME));
    if elsewhere.is_dir() {
        std::fs::remove_dir_all(&elsewhere).with_context(|| format!("cannot remove {}", elsewhere.display()))?;
    }
    Ok(())
}
