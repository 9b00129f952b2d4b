//! The events stored in `events/`, to invoke functions with, on the command line and in tests: one
//! request per route of the OpenAPI document, one batch per queue.
//!
//! `<function>/<operation>.json` is a request as an HTTP API sends it; one operation of each
//! function is also stored as a REST API (`.rest.json`) and a load balancer (`.alb.json`) send it.
//! Where a request needs a token, the event has [`TOKEN_PLACEHOLDER`] in its place. Runs no function.

mod requests;
mod sqs_batches;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use api_client::ApiRequest;
use http::Method;
use lambda_events::{
    EventContext, EventSource, HOST, USER_AGENT, authorizer_event, custom_resource_event, schedule_event,
};
use serde_json::{Value, json};

pub use requests::{SampleRequest, sample_requests};

/// Replace it by a token before the event is sent.
pub const TOKEN_PLACEHOLDER: &str = "TOKEN";

/// Every event by its path in `events/`.
pub fn all_events() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut in_other_forms = BTreeSet::new();
    // Requests with a body first: the other event sources then show how they send a body.
    let mut requests = sample_requests();
    requests.sort_by_key(|request| request.body.is_none());
    for request in &requests {
        let name = format!("{}/{}", request.function, request.operation_id);
        all.insert(format!("{name}.json"), event(request, EventSource::HttpApi));
        if in_other_forms.insert(request.function.clone()) {
            all.insert(format!("{name}.rest.json"), event(request, EventSource::RestApi));
            all.insert(format!("{name}.alb.json"), event(request, EventSource::AlbMultiValue));
        }
    }
    all.extend(sqs_batches::batches());
    all.extend([
        ("authorizer/check_token.json".to_owned(), check_token_event()),
        ("recovery/schedule.json".to_owned(), schedule_event()),
        ("operator/show.json".to_owned(), json!({"action": "show", "userId": 1})),
        ("operator/set_role.json".to_owned(), json!({"action": "setRole", "userId": 1, "role": "admin"})),
        ("operator/disable.json".to_owned(), json!({"action": "disable", "userId": 1})),
        ("operator/enable.json".to_owned(), json!({"action": "enable", "userId": 1})),
        ("operator/end_sessions.json".to_owned(), json!({"action": "endSessions", "userId": 1})),
        ("migrations/manual.json".to_owned(), json!({})),
        ("migrations/custom_resource.json".to_owned(), custom_resource_event()),
    ]);
    all
}

fn event(sample: &SampleRequest, source: EventSource) -> Value {
    let method = Method::from_bytes(sample.method.as_bytes()).expect("OpenAPI has HTTP's methods only");
    let query = if sample.query.is_empty() { String::new() } else { format!("?{}", sample.query) };
    let mut request = ApiRequest::new(method, format!("{}{query}", sample.path))
        .with_header("accept", "application/json")
        .with_header("user-agent", USER_AGENT);
    if let Some(body) = &sample.body {
        request = request.with_body(body.clone()).with_header("content-type", "application/json");
    }
    if sample.needs_token {
        request = request.with_token(TOKEN_PLACEHOLDER);
    }
    let context = EventContext {
        route: Some(sample.route.clone()),
        path_parameters: sample.path_parameters.clone(),
        target_group: format!("shop-prod-{}", sample.function),
        ..EventContext::default()
    };
    source.to_event_in(&request, &context)
}

fn check_token_event() -> Value {
    authorizer_event(&[("authorization", &format!("Bearer {TOKEN_PLACEHOLDER}")), ("host", HOST)])
}

/// The text of an event's file.
pub fn render(event: &Value) -> String {
    // Plain data always has a JSON form.
    format!("{}\n", serde_json::to_string_pretty(event).unwrap_or_default())
}

/// The paths of events that a folder lacks, has with other content, or has without need.
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
