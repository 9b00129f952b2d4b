//! The events with which functions are invoked manually and in tests, generated from the code: a
//! route's from the OpenAPI document, a queue's from the domain events that are published to it.
//!
//! `<function>/<operation>.json` is a request as an HTTP API sends it; one operation of each
//! function also exists as a REST API (`.rest.json`) and a load balancer (`.alb.json`) send it. If
//! a token is required the event has [`TOKEN_PLACEHOLDER`] in its place. Runs nothing and calls
//! nobody.

mod event_sources;
mod requests;
mod sample_bodies;
mod sqs_batches;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

pub use requests::{SampleRequest, sample_requests};

/// Stands for a token: the sender of the event replaces it.
pub const TOKEN_PLACEHOLDER: &str = "TOKEN";

/// Every event by its path below `events/`; the same bytes for the same code.
pub fn all_events() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut shown_elsewhere = BTreeSet::new();
    // Those with a body first: an event of another source is more instructive with one.
    let mut requests = sample_requests(&api::document());
    requests.sort_by_key(|request| request.body.is_none());
    for request in &requests {
        let name = format!("{}/{}", request.function, request.operation_id);
        all.insert(format!("{name}.json"), event_sources::http_api(request));
        if shown_elsewhere.insert(request.function.clone()) {
            all.insert(format!("{name}.rest.json"), event_sources::rest_api(request));
            all.insert(format!("{name}.alb.json"), event_sources::alb(request));
        }
    }
    all.extend(sqs_batches::batches());
    all.extend([
        ("authorizer/check_token.json".to_owned(), event_sources::authorizer_event()),
        ("recovery/each_minute.json".to_owned(), schedule_event()),
        ("operator/show.json".to_owned(), json!({"action": "show", "userId": 1})),
        ("operator/set_role.json".to_owned(), json!({"action": "setRole", "userId": 1, "role": "admin"})),
        ("operator/disable.json".to_owned(), json!({"action": "disable", "userId": 1})),
        ("operator/enable.json".to_owned(), json!({"action": "enable", "userId": 1})),
        ("operator/end_sessions.json".to_owned(), json!({"action": "endSessions", "userId": 1})),
        ("migrations/by_hand.json".to_owned(), json!({})),
        ("migrations/of_a_deploy.json".to_owned(), deploy_event()),
    ]);
    all
}

/// An event in the form of its file.
pub fn render(event: &Value) -> String {
    // Plain data always has a JSON form.
    format!("{}\n", serde_json::to_string_pretty(event).unwrap_or_default())
}

/// The paths of events that a folder lacks, has in another form, or has in excess.
///
/// # Errors
/// When the folder cannot be read.
pub fn stale_paths(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    let all = all_events();
    let there = read_stored(folder)?;
    let differs = |(path, event): (&String, &Value)| there.get(path) != Some(&render(event));
    let lacking = all.iter().filter(|event| differs(*event)).map(|(path, _)| path.clone());
    let surplus = there.keys().filter(|path| !all.contains_key(*path)).cloned();
    Ok(lacking.chain(surplus).collect())
}

fn read_stored(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for function in std::fs::read_dir(folder)? {
        let function = function?;
        if !function.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(function.path())? {
            let file = file?;
            let name = format!("{}/{}", function.file_name().to_string_lossy(), file.file_name().to_string_lossy());
            found.insert(name, std::fs::read_to_string(file.path())?);
        }
    }
    Ok(found)
}

fn schedule_event() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:123456789012:rule/shop-dev-RecoveryEachMinute"],
        "detail": {},
    })
}

/// Nothing listens at its `ResponseURL`: the sender of the event replaces it.
fn deploy_event() -> Value {
    json!({
        "RequestType": "Create",
        "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:shop-dev-migrations",
        "ResponseURL": "https://cloudformation.invalid/answer",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop-dev/guid",
        "RequestId": "d19192f5-51b0-4b0e-8f0b-0d3e3b1d4a1c",
        "ResourceType": "Custom::Migrations",
        "LogicalResourceId": "Migrated",
        "ResourceProperties": {"Version": "1"},
    })
}
