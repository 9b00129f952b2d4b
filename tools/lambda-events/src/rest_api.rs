//! API Gateway's REST API, payload format 1.0. The stage is only in the context's path.

use api_client::ApiRequest;
use serde_json::{Value, json};

use crate::request_parts::{
    all_values, body, decoded_query, headers, is_base64, last_values, null_if_empty, user_agent,
};
use crate::{ACCOUNT_ID, API_ID, EPOCH_MILLIS, EventContext, GATEWAY_TIME, HOST, REQUEST_ID};

pub(crate) fn event(request: &ApiRequest, context: &EventContext) -> Value {
    let (method, path) = (request.method.as_str(), request.path());
    let resource = context.route.as_deref().unwrap_or("/{proxy+}");
    let parameters = if context.route.is_some() {
        context.path_parameters.clone()
    } else {
        vec![("proxy".to_owned(), path.trim_start_matches('/').to_owned())]
    };
    let headers = headers(request, context);
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": last_values(headers.clone()),
        "multiValueHeaders": all_values(headers),
        "queryStringParameters": null_if_empty(last_values(decoded_query(request))),
        "multiValueQueryStringParameters": null_if_empty(all_values(decoded_query(request))),
        "pathParameters": null_if_empty(last_values(parameters)),
        "stageVariables": null,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": HOST,
            "httpMethod": method,
            "identity": {"sourceIp": context.source_ip, "userAgent": user_agent(request)},
            "path": format!("/prod{path}"),
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": GATEWAY_TIME,
            "requestTimeEpoch": EPOCH_MILLIS,
            "resourceId": "a1b2c3",
            "resourcePath": resource,
            "stage": "prod",
        },
        "body": body(request, context),
        "isBase64Encoded": is_base64(request, context),
    })
}
