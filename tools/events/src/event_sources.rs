//! A request in the format of each event source, with the members that functions may read.

use serde_json::{Map, Value, json};

use crate::TOKEN_PLACEHOLDER;
use crate::requests::SampleRequest;

const HOST: &str = "shop.example.com";
const SOURCE_IP: &str = "203.0.113.7";
const USER_AGENT: &str = "stored-event/1";
const TRACE_HEADER: &str = "Root=1-65920080-0123456789abcdef01234567";
const REQUEST_ID: &str = "stored-event-1";

fn headers(request: &SampleRequest) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("accept", "application/json".to_owned()),
        ("host", HOST.to_owned()),
        ("user-agent", USER_AGENT.to_owned()),
        ("x-amzn-trace-id", TRACE_HEADER.to_owned()),
        ("x-forwarded-for", SOURCE_IP.to_owned()),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ];
    if request.body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    if request.needs_token {
        headers.push(("authorization", format!("Bearer {TOKEN_PLACEHOLDER}")));
    }
    headers.sort_unstable();
    headers
}

fn json_object<K: Into<String>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Value {
    Value::Object(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect::<Map<_, _>>())
}

/// Absent if it would be empty: API Gateway sends null or omits it.
fn null_if_empty(object: Value) -> Value {
    if object.as_object().is_some_and(Map::is_empty) { Value::Null } else { object }
}

fn query_pairs(request: &SampleRequest) -> Vec<(String, String)> {
    let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Payload format 2.0.
pub(crate) fn http_api(request: &SampleRequest) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{} {}", request.method, request.route),
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": json_object(headers(request)),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "shop",
            "domainName": HOST,
            "domainPrefix": "shop",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": USER_AGENT,
            },
            "requestId": REQUEST_ID,
            "routeKey": format!("{} {}", request.method, request.route),
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_i64,
        },
        "isBase64Encoded": false,
    });
    for (name, value) in [
        ("pathParameters", null_if_empty(json_object(request.path_parameters.clone()))),
        ("queryStringParameters", null_if_empty(json_object(query_pairs(request)))),
        ("body", request.body.clone().map_or(Value::Null, Value::String)),
    ] {
        if !value.is_null() {
            event[name] = value;
        }
    }
    event
}

/// Payload format 1.0, with the stage only in the context's path.
pub(crate) fn rest_api(request: &SampleRequest) -> Value {
    let many =
        |pairs: Vec<(String, String)>| json_object(pairs.into_iter().map(|(name, value)| (name, json!([value]))));
    let headers = headers(request);
    json!({
        "resource": request.route,
        "path": request.path,
        "httpMethod": request.method,
        "headers": json_object(headers.clone()),
        "multiValueHeaders": many(headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        "queryStringParameters": null_if_empty(json_object(query_pairs(request))),
        "multiValueQueryStringParameters": null_if_empty(many(query_pairs(request))),
        "pathParameters": null_if_empty(json_object(request.path_parameters.clone())),
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "shop",
            "domainName": HOST,
            "httpMethod": request.method,
            "identity": {"sourceIp": SOURCE_IP, "userAgent": USER_AGENT},
            "path": format!("/prod{}", request.path),
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "requestTimeEpoch": 1_767_225_600_000_i64,
            "resourceId": "a1b2c3",
            "resourcePath": request.route,
            "stage": "prod",
        },
        "body": request.body,
        "isBase64Encoded": false,
    })
}

/// With multi-value headers, as the target groups of infra/alb-group.yaml are configured. A load
/// balancer sends text, JSON, JavaScript and XML as they are, and in base64 other types and bodies
/// with a `content-encoding`; tools/lambda-harness sends both forms to the functions.
pub(crate) fn alb(request: &SampleRequest) -> Value {
    let many =
        |pairs: Vec<(String, String)>| json_object(pairs.into_iter().map(|(name, value)| (name, json!([value]))));
    let headers = headers(request).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let group = format!("targetgroup/shop-prod-{}/0123456789abcdef", request.function);
    json!({
        "requestContext": {
            "elb": {"targetGroupArn": format!("arn:aws:elasticloadbalancing:eu-central-1:123456789012:{group}")},
        },
        "httpMethod": request.method,
        "path": request.path,
        "multiValueQueryStringParameters": many(query_pairs(request)),
        "multiValueHeaders": many(headers),
        "body": request.body.clone().unwrap_or_default(),
        "isBase64Encoded": false,
    })
}

/// The request of the HTTP API to its authorizer (format 2.0, simple responses).
pub(crate) fn authorizer_event() -> Value {
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:eu-central-1:123456789012:shop/$default/GET/api/users/me",
        "identitySource": [format!("Bearer {TOKEN_PLACEHOLDER}")],
        "routeKey": "GET /api/users/me",
        "rawPath": "/api/users/me",
        "rawQueryString": "",
        "headers": {"authorization": format!("Bearer {TOKEN_PLACEHOLDER}"), "host": HOST},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "shop",
            "domainName": HOST,
            "domainPrefix": "shop",
            "http": {"method": "GET", "path": "/api/users/me", "protocol": "HTTP/1.1", "sourceIp": SOURCE_IP, "userAgent": USER_AGENT},
            "requestId": REQUEST_ID,
            "routeKey": "GET /api/users/me",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_i64,
        },
    })
}
