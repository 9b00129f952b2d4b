use api_client::ApiRequest;
use serde_json::{Map, Value, json};

use crate::{ACCOUNT_ID, API_ID, EventContext, USER_AGENT, http_api};

const PATH: &str = "/api/users/me";

/// What the HTTP API asks its Lambda authorizer (format 2.0, simple responses) about a request for
/// `GET /api/users/me` with these headers, whose names stay as the client wrote them.
pub fn authorizer_event(headers: &[(&str, &str)]) -> Value {
    let request = ApiRequest::get(PATH).with_header("user-agent", USER_AGENT);
    let context = EventContext { route: Some(PATH.to_owned()), ..EventContext::default() };
    let mut event = http_api::event(&request, &context);
    let identity = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    event["type"] = json!("REQUEST");
    event["routeArn"] = json!(format!("arn:aws:execute-api:eu-central-1:{ACCOUNT_ID}:{API_ID}/$default/GET{PATH}"));
    event["identitySource"] = json!(identity.map(|(_, value)| [value]));
    let headers: Map<_, _> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    event["headers"] = Value::Object(headers);
    // A request for authorization has no body.
    if let Some(event) = event.as_object_mut() {
        event.remove("isBase64Encoded");
    }
    event
}
