//! A function has opened its stores when it requests its first event, and starts without them.

use std::collections::BTreeSet;

use api_client::ApiRequest;
use lambda_events::EventSource;
use lambda_harness::ALL_FUNCTIONS;
use runtime::Env;
use serde_json::json;

use crate::harness::Harness;

const POSTGRES: &str = "SHOP_POSTGRES_URL";
const REDIS: &str = "SHOP_REDIS_URL";
const MONGODB: &str = "SHOP_MONGODB_URL";
const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const SQS: &str = "AWS_ENDPOINT_URL_SQS";
const STORES: [&str; 5] = [POSTGRES, REDIS, MONGODB, DYNAMODB, SQS];

/// The authorizer has none. The migrations open theirs when they are invoked, because they must report
/// an unavailable store to CloudFormation.
const OPENED_STORES: [(&str, &[&str]); 15] = [
    ("users", &[POSTGRES, REDIS]),
    ("products", &[POSTGRES, REDIS]),
    ("orders", &[POSTGRES, REDIS, DYNAMODB, SQS]),
    ("payments", &[POSTGRES, REDIS, DYNAMODB, SQS]),
    ("inventory", &[POSTGRES, REDIS]),
    ("notifications", &[POSTGRES, REDIS, DYNAMODB]),
    ("reviews", &[POSTGRES, REDIS, MONGODB]),
    ("analytics", &[REDIS, MONGODB]),
    ("notification-worker", &[DYNAMODB]),
    ("analytics-worker", &[POSTGRES, MONGODB]),
    ("catalog-worker", &[POSTGRES, REDIS]),
    ("recovery", &[POSTGRES, MONGODB, DYNAMODB]),
    ("operator", &[POSTGRES, REDIS]),
    ("migrations", &[]),
    ("authorizer", &[]),
];

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
    assert_eq!(OPENED_STORES.map(|(function, _)| function), ALL_FUNCTIONS);
    let mut world = Harness::new().await;
    for (function, stores) in OPENED_STORES {
        world.start(function, &[]).await;
        let sandbox = world.function(function).await;
        let connected = connected_ports(sandbox.pid().expect("it runs"));
        let opened: Vec<&str> = STORES.into_iter().filter(|store| connected.contains(&port_of_store(store))).collect();
        let expected: Vec<&str> = STORES.into_iter().filter(|store| stores.contains(store)).collect();
        assert_eq!(opened, expected, "{function}:\n{}", sandbox.log_lines().join("\n"));
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
    assert!(output.contains("A store could not be opened at start."), "{output}");
}
