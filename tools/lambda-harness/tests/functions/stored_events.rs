//! Every stored event gets a response from its function's program, as documented.

use lambda_events::EventSource;
use lambda_harness::stored_events::TOKEN_PLACEHOLDER;
use lambda_harness::{ALL_FUNCTIONS, HTTP_FUNCTIONS, WORKER_FUNCTIONS};
use serde_json::Value;

use crate::harness::{Harness, root};
use crate::openapi_check::response_mismatch;

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
#[expect(clippy::print_stderr, reason = "a skipped step is reported")]
async fn every_stored_event_is_answered_as_documented() {
    let stored = read_stored_events();
    if !root().join("events").is_dir() {
        eprintln!("SKIPPED: there are no stored events in this checkout");
        return;
    }
    let has_events = |function: &str| stored.iter().any(|(other, ..)| other == function);
    assert!(ALL_FUNCTIONS.iter().all(|function| has_events(function)), "each function has its folder in events/");
    let mut world = Harness::new().await;
    let document = api::document();
    // The events name product 1, order 1 and user 1: the first of each.
    world.create_product().await;
    world.place_order("tok_visa").await;
    let mut failed = Vec::new();
    for (function, file, text) in stored {
        // One would end the admin's session, the other expects a server of CloudFormation.
        if ["log_out.json", "custom_resource.json"].contains(&file.as_str()) || function == "migrations" {
            continue;
        }
        let text = text.replace(&format!("Bearer {TOKEN_PLACEHOLDER}"), &format!("Bearer {}", world.admin.token));
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
            let reply = event_source(&event).parse_response(&outcome).unwrap();
            let (method, path) = match event["httpMethod"].as_str() {
                Some(method) => (method, &event["path"]),
                None => (event["requestContext"]["http"]["method"].as_str().unwrap(), &event["rawPath"]),
            };
            let path = path.as_str().unwrap();
            if reply.status.is_server_error()
                || [401, 403, 405].contains(&reply.status.as_u16()) && !path.ends_with("/login")
            {
                failed.push(format!("{function}/{file}: {reply}"));
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
