//! DynamoDB inside this program: dynoxide on a SQLite file.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use dynoxide::Database;

use super::data_folder::DataFolder;
use super::emulator::{Emulator, StopSignal};
use super::store::{Server, Store};
use super::{ports, readiness};

pub(crate) const URL_VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const NAME: &str = "dynamodb";
const READY_TIMEOUT: Duration = Duration::from_secs(10);
/// The release in Cargo.toml; the crate itself reports another number.
const VERSION: &str = "Dynoxide 3.2";
/// How often expired items are removed. AWS takes days; a developer wants to see it.
const TTL_SWEEP_INTERVAL: Duration = Duration::from_secs(60);

pub(crate) async fn start(data_folder: &DataFolder) -> anyhow::Result<Store> {
    if let Some(url) = data_folder.external_url(URL_VARIABLE) {
        readiness::ping_external(URL_VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version: "DynamoDB".to_owned(), url, server: Server::External });
    }
    let home = data_folder.store_folder(NAME)?;
    let file = home.join("data.sqlite");
    let path = file.to_str().context("DynamoDB's file needs a path in UTF-8")?;
    let database = Database::new(path).with_context(|| format!("cannot open {path}"))?;
    if !data_folder.options.durable {
        database.enable_bulk_loading()?; // SQLite's `synchronous = off`
    }
    let (listener, port) = ports::listen(&home, data_folder.options.ports)?;
    let (log, log_file) = data_folder.create_log(NAME)?;
    let emulator = Emulator::run(NAME, log_file, move |stop| serve(listener, database, stop))?;
    let url = format!("http://127.0.0.1:{port}");
    readiness::wait_until_ready(port, READY_TIMEOUT, || ping(&url)).await.context("DynamoDB did not start")?;
    let version = VERSION.to_owned();
    Ok(Store { name: NAME, version, url, server: Server::Emulator { emulator, log } })
}

async fn serve(listener: std::net::TcpListener, database: Database, stop: StopSignal) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let sweep = database.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(TTL_SWEEP_INTERVAL);
        loop {
            tick.tick().await;
            if let Err(error) = sweep.sweep_ttl() {
                tracing::warn!("expired items were not removed: {error}");
            }
        }
    });
    let stopped = async {
        let _ = stop.await;
    };
    dynoxide::server::serve_with_shutdown(listener, database, stopped).await.map_err(anyhow::Error::msg)
}

async fn ping(url: &str) -> anyhow::Result<()> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .build();
    Client::from_conf(config).list_tables().limit(1).send().await?;
    Ok(())
}
