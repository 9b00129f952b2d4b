//! A private PostgreSQL: the installed programs, a data folder and a port of our own.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rand::TryRngCore;
use rand::rngs::OsRng;
use rustix::process::Signal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::process::Command;

use super::child::{Child, Plan};
use super::nursery;
use super::place::{self, User};
use super::server::{self, Server, Store};
use super::site::Site;
use super::{predecessor, programs, ready};

pub(crate) const VARIABLE: &str = "SHOP_POSTGRES_URL";
const NAME: &str = "postgres";
/// Fast shutdown: clients are cut off, data is flushed.
const STOP: Signal = Signal::INT;

pub(crate) async fn start(site: &Site) -> anyhow::Result<Store> {
    if let Some(url) = site.named(VARIABLE) {
        let version = ready::elsewhere(VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version, url, server: Server::Elsewhere });
    }
    let home = site.home(NAME)?;
    predecessor::await_end(&home, STOP).await?;
    let user = place::unprivileged()?;
    let place = place::for_user(&home, user.as_ref())?;
    let data = place.join("data");
    let bin = programs_for(&data)?;
    let password = password(&place.join("password"), user.as_ref())?;
    if !data.join("PG_VERSION").exists() {
        make_cluster(site, &bin, &place, user.as_ref()).await?;
    }
    // Our lock and our predecessor's end say that nobody uses the folder; a pid in this file that
    // by chance is some other process's again would only keep the server from starting.
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    let url = |port| format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable");
    let plan = Plan {
        store: NAME,
        home: &home,
        command: |port| serve(site, &bin, &data, port),
        user: user.as_ref(),
        stop: STOP,
    };
    let (child, port, version) = Child::start(site, plan, async |port| ping(&url(port)).await).await?;
    Ok(Store { name: NAME, version, url: url(port), server: Server::Child(child) })
}

async fn ping(url: &str) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    let number = version.split_whitespace().next().unwrap_or_default();
    Ok(format!("PostgreSQL {number}"))
}

/// The newest programs, or those that made the data folder: versions do not read each other's.
fn programs_for(data: &Path) -> anyhow::Result<PathBuf> {
    let installed = programs::postgres_servers();
    let Some((newest, bin)) = installed.first() else {
        return Err(programs::POSTGRES.missing());
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

/// The superuser's password, made at the first start and readable by its owner only.
fn password(file: &Path, user: Option<&User>) -> anyhow::Result<String> {
    if let Ok(password) = std::fs::read_to_string(file) {
        return Ok(password.trim().to_owned());
    }
    let mut bytes = [0_u8; 16];
    OsRng.try_fill_bytes(&mut bytes)?;
    let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| writeln!(file, "{password}"))
        .with_context(|| format!("cannot write {}", file.display()))?;
    if let Some(user) = user {
        chown(file, Some(user.uid), Some(user.gid))?;
    }
    Ok(password)
}

/// `initdb` beside the final folder, then one rename, so that an interrupted one leaves no half.
async fn make_cluster(site: &Site, bin: &Path, place: &Path, user: Option<&User>) -> anyhow::Result<()> {
    let unfinished = place.join("data.unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    let mut initdb = Command::new(bin.join("initdb"));
    // Plain passwords, as an RDS Proxy takes its tokens: they do not leave this machine, and the
    // client's share of SCRAM, 4096 hashes with a pause after every five, made connecting to a
    // busy shop take longer than it may.
    initdb
        .args(["--username=postgres", "--auth=password", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", "--no-instructions"]) // sorts the same on every machine
        .arg("--pwfile")
        .arg(place.join("password"))
        .arg("-D")
        .arg(&unfinished)
        .current_dir(place)
        .env_remove("PGDATA");
    if !site.options.durable {
        initdb.arg("--no-sync");
    }
    let (log, file) = site.new_log("postgres-initdb")?;
    let mut initdb = nursery::guarded_as(&initdb, Signal::TERM, user)?;
    initdb.stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
    let status = site.nursery.spawn(initdb).await?.wait().await?;
    if !status.success() {
        bail!("initdb failed ({status}). The end of {}:\n{}", log.display(), server::tail(&log));
    }
    std::fs::rename(&unfinished, place.join("data")).context("cannot finish the data folder")
}

fn serve(site: &Site, bin: &Path, data: &Path, port: u16) -> Command {
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
    set("wal_level", "minimal"); // nobody replicates from here
    set("max_wal_senders", "0");
    set("jit", "off"); // compiling costs more than any statement of a shop
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("log_line_prefix", "%m [%p] %u@%d ");
    set("logging_collector", "off");
    match site.options.log_statements_over {
        None => {}
        // By duration each would be logged up to three times: parsed, bound, executed.
        Some(over) if over.is_zero() => set("log_statement", "all"),
        Some(over) => set("log_min_duration_statement", &over.as_millis().to_string()),
    }
    set("log_parameter_max_length", "0"); // what people have written is nobody's business here
    if !site.options.durable {
        for switch in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(switch, "off");
        }
        set("checkpoint_timeout", "30min");
    }
    command
}

/// Removes the data that is kept outside the stores' folder, because its user cannot reach that.
pub(crate) fn erase(dir: &Path) -> anyhow::Result<()> {
    let elsewhere = place::elsewhere(&dir.join(NAME));
    if elsewhere.is_dir() {
        std::fs::remove_dir_all(&elsewhere).with_context(|| format!("cannot remove {}", elsewhere.display()))?;
    }
    Ok(())
}
