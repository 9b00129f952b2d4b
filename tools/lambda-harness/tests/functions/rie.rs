//! One function of each kind under AWS's Runtime Interface Emulator, when `.local/` has it: the same
//! programs with a Runtime API that is not ours.
//!
//! `RUNTIME_EMULATOR=required` (`make rehearse`) fails without it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use api_client::{ApiClient, ApiRequest};
use lambda_events::{EventSource, SqsRecord, authorizer_event, schedule_event, sqs_batch};
use lambda_harness::find_binary;
use runtime::Env;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::harness::{Harness, bin_dir, root};

const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// SAM's wheel contains it.
fn find_emulator() -> Option<PathBuf> {
    let environments = std::fs::read_dir(root().join(".local")).ok()?;
    let libraries = environments.filter_map(|entry| std::fs::read_dir(entry.ok()?.path().join("lib")).ok()).flatten();
    let emulator = "site-packages/samcli/local/rapid/aws-lambda-rie-x86_64";
    libraries.filter_map(|entry| Some(entry.ok()?.path().join(emulator))).find(|path| path.is_file())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs one function under the emulator.
fn start_under_emulator(emulator: &PathBuf, function: &str, variables: &[(String, String)], port: u16) -> Child {
    Command::new(emulator)
        .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
        .args(["--runtime-api-address", &format!("127.0.0.1:{}", free_port())])
        .arg(find_binary(&bin_dir(), function).unwrap())
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_TIMEOUT", "30"),
            ("PATH", "/usr/bin:/bin"),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn invoke(port: u16, event: &Value) -> Value {
    let emulator = ApiClient::for_url(&format!("http://127.0.0.1:{port}"));
    let invocation = ApiRequest::post("/2015-03-31/functions/function/invocations", event);
    let respond = async {
        loop {
            if let Ok(response) = emulator.try_send(&invocation).await {
                return response.json();
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(TIMEOUT, respond).await.expect("the emulator responds")
}

/// Starts a function under the emulator and sends it one event.
async fn invoke_once(emulator: &PathBuf, function: &str, variables: &[(String, String)], event: &Value) -> Value {
    let port = free_port();
    let _running = start_under_emulator(emulator, function, variables, port);
    invoke(port, event).await
}

/// `None` when it is missing and not required.
#[expect(clippy::print_stderr, reason = "a skipped step is reported")]
fn emulator_or_skip() -> Option<PathBuf> {
    let found = find_emulator();
    if found.is_none() {
        let required = Env::from_env().optional("RUNTIME_EMULATOR").is_some_and(|text| text == "required");
        assert!(!required, "no aws-lambda-rie-x86_64 below .local: scripts/install.sh deploy");
        eprintln!("SKIPPED: no aws-lambda-rie-x86_64 below .local; scripts/install.sh deploy brings it");
    }
    found
}

#[tokio::test]
async fn the_aws_emulator_gets_the_same_responses_from_http_functions_and_consumers() {
    let Some(emulator) = emulator_or_skip() else { return };
    let world = Harness::new().await;
    let product = world.create_product().await;
    let port = free_port();
    let _products = start_under_emulator(&emulator, "products", &world.variables(), port);
    for (path, status) in [(format!("/api/products/{product}"), 200), ("/api/products/none".to_owned(), 400)] {
        for form in EventSource::ALL {
            let response = invoke(port, &form.to_event(&ApiRequest::get(path.clone()))).await;
            assert_eq!(form.parse_response(&response).unwrap().status, status, "{path} as {form:?}: {response}");
        }
    }
    let body = json!({"items": [{"productId": product, "quantity": 2}], "payment": {"method": "tok_visa"}});
    let order = |token: &str| EventSource::HttpApi.to_event(&ApiRequest::post("/api/orders", &body).with_token(token));
    let port = free_port();
    let _orders = start_under_emulator(&emulator, "orders", &world.variables(), port);
    for (token, status) in [("not.a.token", 401), (world.customer.token.as_str(), 201)] {
        let response = invoke(port, &order(token)).await;
        assert_eq!(EventSource::HttpApi.parse_response(&response).unwrap().status, status, "{response}");
    }
    let batch = sqs_batch("catalog", &[SqsRecord::new("m", "not an event")]);
    let response = invoke_once(&emulator, "catalog-worker", &world.variables(), &batch).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "m"}]}));
}

#[tokio::test]
async fn the_aws_emulator_gets_the_same_responses_from_functions_without_routes() {
    let Some(emulator) = emulator_or_skip() else { return };
    let world = Harness::new().await;
    let variables = world.variables();
    let recovered = invoke_once(&emulator, "recovery", &variables, &schedule_event()).await;
    assert_eq!((&recovered["failures"], &recovered["stuck"]), (&json!(0), &json!(0)), "{recovered}");

    let shown =
        invoke_once(&emulator, "operator", &variables, &json!({"action": "show", "userId": world.customer.id})).await;
    assert_eq!(shown["user"]["id"], json!(world.customer.id), "{shown}");

    let port = free_port();
    let _authorizer = start_under_emulator(&emulator, "authorizer", &variables, port);
    for (token, passes) in [(world.customer.token.as_str(), true), ("not.a.token", false)] {
        let response = invoke(port, &authorizer_event(&[("authorization", &format!("Bearer {token}"))])).await;
        assert_eq!(response["isAuthorized"], passes, "{response}");
    }

    let url = Env::from_env().required("SHOP_POSTGRES_URL").unwrap();
    let prefix = format!("r{:x}_", world.env.clock.random() as u64);
    let own = [("POSTGRES_ADMIN_URL", url.as_str()), ("DATABASE_PREFIX", &prefix), ("REVIEWDB_NAME", &prefix)];
    let migrated = invoke_once(&emulator, "migrations", &world.variables_with(&own), &json!({})).await;
    assert_eq!(migrated, json!({"status": "migrated"}));
}
