//! AWS's own Runtime Interface Emulator, where `.local/` has it: the same programs, somebody
//! else's Runtime API.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use edge::{Form, Reply, Request, binary};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::world::{World, programs, root};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// It comes with SAM's wheel.
fn emulator() -> Option<PathBuf> {
    let environments = std::fs::read_dir(root().join(".local")).ok()?;
    let libraries = environments.filter_map(|entry| std::fs::read_dir(entry.ok()?.path().join("lib")).ok()).flatten();
    let emulator = "site-packages/samcli/local/rapid/aws-lambda-rie-x86_64";
    libraries.filter_map(|entry| Some(entry.ok()?.path().join(emulator))).find(|path| path.is_file())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs one function under the emulator.
fn start(emulator: &PathBuf, function: &str, variables: &[(String, String)], port: u16) -> Child {
    Command::new(emulator)
        .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
        .args(["--runtime-api-address", &format!("127.0.0.1:{}", free_port())])
        .arg(binary(&programs(), function).unwrap())
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
    let url = format!("http://127.0.0.1:{port}/2015-03-31/functions/function/invocations");
    let http = reqwest::Client::new();
    let answered = async {
        loop {
            if let Ok(answer) = http.post(&url).json(event).send().await {
                return answer.json().await.unwrap();
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect("the emulator answers")
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a step that is skipped says so")]
async fn awss_own_emulator_gets_the_same_answers() {
    let Some(emulator) = emulator() else {
        eprintln!("SKIPPED: no aws-lambda-rie-x86_64 below .local; it comes with `pip install aws-sam-cli`");
        return;
    };
    let world = World::open().await;
    let product = world.product().await;
    let port = free_port();
    let _products = start(&emulator, "products", &world.variables(), port);
    for (path, status) in [(format!("/api/products/{product}"), 200), ("/api/products/none".to_owned(), 400)] {
        for form in Form::ALL {
            let answer = invoke(port, &Request::new("GET", &path).event(form)).await;
            assert_eq!(Reply::read(form, &answer).unwrap().status, status, "{path} as {form:?}: {answer}");
        }
    }
    let port = free_port();
    let _worker = start(&emulator, "catalog-worker", &world.variables(), port);
    let record = json!({"messageId": "m", "receiptHandle": "r", "body": "no event", "attributes": {}, "messageAttributes": {},
        "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1"});
    let answer = invoke(port, &json!({"Records": [record]})).await;
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m"}]}));
}
