//! What a function has open when it requests its first event, and that it starts without its
//! stores.

use std::collections::BTreeSet;

use api_client::ApiRequest;
use lambda_events::EventSource;
use lambda_harness::ALL_FUNCTIONS;
use runtime::Env;
use serde_json::json;

use crate::harness::{Harness, root};

const POSTGRES: &str = "SHOP_POSTGRES_URL";
const REDIS: &str = "SHOP_REDIS_URL";
const MONGODB: &str = "SHOP_MONGODB_URL";
const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const SQS: &str = "AWS_ENDPOINT_URL_SQS";
/// A store's name in manifests, and the variable with its URL.
const STORES: [(&str, &str); 5] =
    [("postgres", POSTGRES), ("redis", REDIS), ("mongodb", MONGODB), ("dynamodb", DYNAMODB), ("sqs", SQS)];

/// The stores that a function's manifest says it opens: the authorizer has none, and the migrations open
/// theirs when they are invoked, since CloudFormation must be told of one that does not answer.
fn opened_stores(function: &str) -> Vec<&'static str> {
    let path = root().join("functions").join(function).join("Cargo.toml");
    let manifest: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    let opens = &manifest["package"]["metadata"]["shop"]["opens-at-start"];
    let opens: Vec<&str> = opens.as_array().unwrap().iter().map(|store| store.as_str().unwrap()).collect();
    let known = STORES.iter().filter(|(name, _)| opens.contains(name)).map(|(_, variable)| *variable);
    let known: Vec<&str> = known.collect();
    assert_eq!(known.len(), opens.len(), "{function} opens a store that this test does not know: {opens:?}");
    known
}

fn port_of_store(variable: &str) -> u16 {
    let url = Env::from_env().required(variable).expect("run tests through `make test`");
    let authority = url.split_once("://").unwrap().1.split(['/', '?']).next().unwrap();
    authority.rsplit(':').next().unwrap().parse().unwrap_or_else(|_| panic!("{variable} has no port"))
}

/// The ports that a process is connected to.
fn connected_ports(process: u32) -> BTreeSet<u16> {
    const ESTABLISHED: &str = "01";
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let own: BTreeSet<String> = files
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = std::fs::read_to_string(format!("/proc/{process}/net/tcp")).unwrap();
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let rows = rows.filter(|row| row.len() > 9 && row[3] == ESTABLISHED && own.contains(row[9]));
    rows.map(|row| u16::from_str_radix(row[2].rsplit(':').next().unwrap(), 16).unwrap()).collect()
}

#[tokio::test]
async fn a_function_has_opened_its_stores_before_its_first_event() {
    let mut world = Harness::new().await;
    for function in ALL_FUNCTIONS {
        world.start(function, &[]).await;
        let sandbox = world.function(function).await;
        let connected = connected_ports(sandbox.pid().expect("it runs"));
        let opened: Vec<&str> = STORES
            .into_iter()
            .map(|(_, variable)| variable)
            .filter(|variable| connected.contains(&port_of_store(variable)))
            .collect();
        assert_eq!(opened, opened_stores(function), "{function}:\n{}", sandbox.log_lines().join("\n"));
    }
}

#[tokio::test]
async fn a_function_starts_while_its_stores_are_unavailable_and_answers_503() {
    const NOWHERE: [(&str, &str); 6] = [
        ("ORDERDB_URL", "postgres://127.0.0.1:1/orderdb"),
        ("INVENTORYDB_URL", "postgres://127.0.0.1:1/inventorydb"),
        ("PRODUCTDB_URL", "postgres://127.0.0.1:1/productdb"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1"),
    ];
    let mut world = Harness::new().await;
    world.start("orders", &NOWHERE).await;
    let order = json!({"items": [{"productId": 1, "quantity": 1}]});
    let order = ApiRequest::post("/api/orders", &order).with_token(&world.customer.token);
    assert_eq!(world.send(&order, EventSource::HttpApi).await.status, 503);
    world.send(&ApiRequest::get("/api/orders/health"), EventSource::HttpApi).await.expect(200);
    let output = world.function("orders").await.log_lines().join("\n");
    assert!(output.contains("A store could not be opened at startup."), "{output}");
}
