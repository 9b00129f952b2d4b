//! SQS inside this program: rustack's queues, in memory only. A stop loses queues and messages.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use tokio::net::TcpListener;

use super::data_folder::DataFolder;
use super::emulator::{Emulator, StopSignal};
use super::store::{Server, Store};
use super::{ports, readiness};

pub(crate) const URL_VARIABLE: &str = "AWS_ENDPOINT_URL_SQS";
const NAME: &str = "sqs";
const READY_TIMEOUT: Duration = Duration::from_secs(10);
/// The release in Cargo.toml; the crate does not report its own.
const VERSION: &str = "Rustack SQS 0.12";

pub(crate) async fn start(data_folder: &DataFolder) -> anyhow::Result<Store> {
    if let Some(url) = data_folder.external_url(URL_VARIABLE) {
        readiness::ping_external(URL_VARIABLE, || ping(&url)).await?;
        return Ok(Store { name: NAME, version: "SQS".to_owned(), url, server: Server::External });
    }
    let home = data_folder.store_folder(NAME)?;
    let (listener, port) = ports::listen(&home, data_folder.options.ports)?;
    let (log, log_file) = data_folder.create_log(NAME)?;
    let emulator = Emulator::run(NAME, log_file, move |stop| serve(listener, port, stop))?;
    let url = format!("http://127.0.0.1:{port}");
    readiness::wait_until_ready(port, READY_TIMEOUT, || ping(&url)).await.context("SQS did not start")?;
    let version = VERSION.to_owned();
    Ok(Store { name: NAME, version, url, server: Server::Emulator { emulator, log } })
}

async fn serve(listener: std::net::TcpListener, port: u16, stop: StopSignal) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let config = SqsConfig { host: "127.0.0.1".to_owned(), port, ..SqsConfig::default() };
    let queues = Arc::new(RustackSqs::new(config));
    let handler = Arc::new(RustackSqsHandler::new(queues));
    let service = SqsHttpService::new(handler, SqsHttpConfig::default());
    tokio::select! {
        result = accept_connections(listener, service) => result,
        _ = stop => Ok(()), // waiting receivers are disconnected; nothing is stored anyway
    }
}

async fn accept_connections(listener: TcpListener, service: SqsHttpService<RustackSqsHandler>) -> anyhow::Result<()> {
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection was not accepted: {error}");
                continue;
            }
        };
        stream.set_nodelay(true)?;
        let service = service.clone();
        tokio::spawn(async move {
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            if let Err(error) = served {
                tracing::debug!("a connection broke: {error}");
            }
        });
    }
}

async fn ping(url: &str) -> anyhow::Result<()> {
    client(url).list_queues().max_results(1).send().await?;
    Ok(())
}

/// A client of the queues at that address, whatever AWS variables the environment has.
pub(crate) fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .build();
    Client::from_conf(config)
}
