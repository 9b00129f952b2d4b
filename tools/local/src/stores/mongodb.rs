//! A private MongoDB: `mongod` if it is installed, else SecantusDB, which implements its protocol.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use rustix::process::Signal;
use tokio::process::Command;

use super::data_folder::DataFolder;
use super::programs::{self, MongoServer};
use super::server_process::{LaunchPlan, ServerProcess};
use super::store::{Server, Store};
use super::{pid_file, readiness};

pub(crate) const URL_VARIABLE: &str = "SHOP_MONGODB_URL";
const NAME: &str = "mongodb";
const STOP_SIGNAL: Signal = Signal::TERM;
/// The name of a replica set of one: without a replica set, mongod has no transactions.
const REPLICA_SET: &str = "shop";
const CACHE_MIB: u32 = 256;

pub(crate) async fn start(data_folder: &DataFolder) -> anyhow::Result<Store> {
    if let Some(url) = data_folder.external_url(URL_VARIABLE) {
        let version = readiness::ping_external(URL_VARIABLE, async || ping(&connect(&url).await?).await).await?;
        return Ok(Store { name: NAME, version: format!("MongoDB {version}"), url, server: Server::External });
    }
    let program = programs::find_mongo_server().ok_or_else(|| programs::MONGO.not_installed())?;
    let home = data_folder.store_folder(NAME)?;
    pid_file::wait_for_exit(&home, STOP_SIGNAL).await?;
    let data = home.join(data_folder_name(&program));
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let plan = LaunchPlan {
        store: NAME,
        home: &home,
        command: |port| server_command(&program, &data, port, data_folder.options.durable),
        user: None,
        stop_signal: STOP_SIGNAL,
    };
    let url = |port| format!("mongodb://127.0.0.1:{port}/?directConnection=true");
    let ready = async |port| {
        let client = connect(&url(port)).await?;
        if matches!(program, MongoServer::Mongod(_)) {
            ensure_primary(&client, port).await?;
        }
        ping(&client).await
    };
    let (child, port, version) = ServerProcess::start(data_folder, plan, ready).await?;
    let version = match program {
        MongoServer::Mongod(_) => format!("MongoDB {version}"),
        MongoServer::SecantusRust(_) => format!("SecantusDB (Rust), as {version}"),
        MongoServer::SecantusPython(_) => format!("SecantusDB (Python), as {version}"),
    };
    Ok(Store { name: NAME, version, url: url(port), server: Server::Process(child) })
}

/// A folder per program, because none reads another's files.
fn data_folder_name(program: &MongoServer) -> &'static str {
    match program {
        MongoServer::Mongod(_) => "mongod",
        MongoServer::SecantusRust(_) => "secantus-rust",
        MongoServer::SecantusPython(_) => "secantus-python",
    }
}

fn server_command(program: &MongoServer, data: &Path, port: u16, durable: bool) -> Command {
    let mut command = Command::new(program.path());
    command.args(["--port", &port.to_string()]).current_dir(data);
    match program {
        MongoServer::Mongod(_) => {
            command
                .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", REPLICA_SET])
                .args(["--wiredTigerCacheSizeGB", &(f64::from(CACHE_MIB) / 1024.0).to_string()])
                .arg("--dbpath")
                .arg(data);
        }
        MongoServer::SecantusRust(_) | MongoServer::SecantusPython(_) => {
            command
                .args(["--host", "127.0.0.1", "--cache-size", &format!("{CACHE_MIB}M")])
                .arg("--storage-path")
                .arg(data);
            if matches!(program, MongoServer::SecantusRust(_)) {
                command.args(["--log-file-max", "16MB"]); // each log file is that big even when empty
            }
            if durable {
                command.arg("--sync-on-commit"); // otherwise a kill -9 loses acknowledged writes
            }
        }
    }
    command
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let mut options = ClientOptions::parse(url).await?;
    options.server_selection_timeout = Some(Duration::from_secs(2));
    Ok(Client::with_options(options)?)
}

async fn ping(client: &Client) -> anyhow::Result<String> {
    let admin = client.database("admin");
    admin.run_command(doc! { "ping": 1 }).await?;
    let build = admin.run_command(doc! { "buildInfo": 1 }).await?;
    Ok(build.get_str("version").unwrap_or("of unknown version").to_owned())
}

/// Makes the server the primary of its own replica set, also after its port has changed. Fails
/// until it is, and is then retried.
async fn ensure_primary(client: &Client, port: u16) -> anyhow::Result<()> {
    let admin = client.database("admin");
    let host = format!("127.0.0.1:{port}");
    let members = vec![doc! { "_id": 0, "host": &host }];
    let Ok(response) = admin.run_command(doc! { "replSetGetConfig": 1 }).await else {
        let set = doc! { "_id": REPLICA_SET, "members": members };
        admin.run_command(doc! { "replSetInitiate": set }).await?;
        anyhow::bail!("the replica set was just made");
    };
    let mut config: Document = response.get_document("config")?.clone();
    let known_as = config.get_array("members")?.first().and_then(|member| member.as_document());
    if known_as.and_then(|member| member.get_str("host").ok()) != Some(host.as_str()) {
        let version = config.get_i32("version")? + 1;
        config.insert("version", version);
        config.insert("members", members);
        admin.run_command(doc! { "replSetReconfig": config, "force": true }).await?;
    }
    let hello = admin.run_command(doc! { "hello": 1 }).await?;
    anyhow::ensure!(hello.get_bool("isWritablePrimary")?, "it is not the primary yet");
    Ok(())
}
