//! The stored events, each sent to its function's program: the response is as documented.

use lambda_harness::{ALL_FUNCTIONS, EventSource, HTTP_FUNCTIONS, HttpResponse, WORKER_FUNCTIONS};
use serde_json::Value;

use crate::harness::{Harness, root};
use crate::openapi_check::response_mismatch;

/// The placeholder of a token in stored events.
const TOKEN_PLACEHOLDER: &str = "Bearer TOKEN";

fn event_source(event: &Value) -> EventSource {
    if event["version"] == "2.0" {
        EventSource::HttpApi
    } else if event["requestContext"].get("elb").is_none() {
        EventSource::RestApi
    } else if event.get("multiValueHeaders").is_some() {
        EventSource::AlbMultiValue
    } else {
        EventSource::Alb
    }
}

/// Function, name and text of each file in `events/<function>/`.
fn read_stored_events() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    let Ok(folders) = std::fs::read_dir(root().join("events")) else { return all };
    for folder in folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
            all.push((name(&folder), name(&file), text));
        }
    }
    all.sort();
    all
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a step that is skipped says so")]
async fn every_stored_event_is_answered_as_documented() {
    let stored = read_stored_events();
    if !root().join("events").is_dir() {
        eprintln!("SKIPPED: there are no stored events in this checkout");
        return;
    }
    let of = |function: &str| stored.iter().any(|(other, ..)| other == function);
    assert!(ALL_FUNCTIONS.iter().all(|function| of(function)), "each function has its folder in events/");
    let mut world = Harness::new().await;
    let document = api::document();
    // Events name product 1, order 1 and user 1, the first id of each.
    world.create_product().await;
    world.place_order("tok_visa").await;
    let mut failed = Vec::new();
    for (function, file, text) in stored {
        // One would end the admin's session, the other wants a response sent to CloudFormation.
        if ["log_out.json", "of_a_deploy.json"].contains(&file.as_str()) || function == "migrations" {
            continue;
        }
        let text = text.replace(TOKEN_PLACEHOLDER, &format!("Bearer {}", world.admin.token));
        let event: Value = serde_json::from_str(&text).unwrap();
        let outcome = match world.function(&function).await.invoke(&event).await {
            Ok(outcome) => outcome.json().unwrap(),
            Err(error) => {
                failed.push(format!("{function}/{file}: {error:#}"));
                continue;
            }
        };
        if WORKER_FUNCTIONS.contains(&function.as_str()) {
            if outcome["batchItemFailures"].as_array().is_none_or(|failures| !failures.is_empty()) {
                failed.push(format!("{function}/{file}: {outcome}"));
            }
        } else if HTTP_FUNCTIONS.contains(&function.as_str()) {
            let reply = HttpResponse::parse(event_source(&event), &outcome).unwrap();
            let (method, path) = match event["httpMethod"].as_str() {
                Some(method) => (method, &event["path"]),
                None => (event["requestContext"]["http"]["method"].as_str().unwrap(), &event["rawPath"]),
            };
            let path = path.as_str().unwrap();
            if reply.status >= 500 || [401, 403, 405].contains(&reply.status) && !path.ends_with("/login") {
                failed.push(format!("{function}/{file}: {} {}", reply.status, String::from_utf8_lossy(&reply.body)));
            } else if let Some(what) = response_mismatch(&document, method, path, &reply) {
                failed.push(format!("{function}/{file}: {what}"));
            }
        } else if function == "operator" && outcome["user"]["id"] != 1
            || function == "authorizer" && outcome["isAuthorized"] != true
        {
            failed.push(format!("{function}/{file}: {outcome}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
