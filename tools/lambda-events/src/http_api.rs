//! API Gateway's HTTP API, payload format 2.0.

use api_client::ApiRequest;
use serde_json::{Value, json};

use crate::request_parts::{
    body, decoded_query, headers, is_base64, joined_values, last_values, null_if_empty, user_agent,
};
use crate::{ACCOUNT_ID, API_ID, EPOCH_MILLIS, EventContext, GATEWAY_TIME, HOST, REQUEST_ID};

pub(crate) fn event(request: &ApiRequest, context: &EventContext) -> Value {
    let (method, path) = (request.method.as_str(), request.path());
    let route_key = context.route.as_ref().map_or_else(|| "$default".to_owned(), |route| format!("{method} {route}"));
    // Cookies come in a list of their own, and not among the headers.
    let (cookies, headers): (Vec<_>, Vec<_>) =
        headers(request, context).into_iter().partition(|(name, _)| name == "cookie");
    let cookies: Vec<&str> = cookies.iter().flat_map(|(_, value)| value.split("; ")).collect();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query(),
        "headers": joined_values(headers),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": HOST,
            "domainPrefix": "shop",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": context.source_ip,
                "userAgent": user_agent(request),
            },
            "requestId": REQUEST_ID,
            "routeKey": route_key,
            "stage": "$default",
            "time": GATEWAY_TIME,
            "timeEpoch": EPOCH_MILLIS,
        },
        "isBase64Encoded": is_base64(request, context),
    });
    // The HTTP API leaves out what is empty.
    for (name, value) in [
        ("cookies", if cookies.is_empty() { Value::Null } else { json!(cookies) }),
        ("pathParameters", null_if_empty(last_values(context.path_parameters.clone()))),
        ("queryStringParameters", null_if_empty(joined_values(decoded_query(request)))),
        ("body", json!(body(request, context))),
    ] {
        if !value.is_null() {
            event[name] = value;
        }
    }
    event
}
