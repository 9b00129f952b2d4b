//! An Application Load Balancer, whose target group has multi-value headers or not.

use api_client::ApiRequest;
use serde_json::{Value, json};

use crate::request_parts::{all_values, body, headers, is_base64, last_values, raw_query};
use crate::{ACCOUNT_ID, EventContext};

pub(crate) fn event(request: &ApiRequest, context: &EventContext, multi_value: bool) -> Value {
    let group = format!("targetgroup/{}/0123456789abcdef", context.target_group);
    let mut event = json!({
        "requestContext": {
            "elb": {"targetGroupArn": format!("arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT_ID}:{group}")},
        },
        "httpMethod": request.method.as_str(),
        "path": request.path(),
        "body": body(request, context).unwrap_or_default(),
        "isBase64Encoded": is_base64(request, context),
    });
    let (headers, query) = (headers(request, context), raw_query(request));
    if multi_value {
        event["multiValueHeaders"] = all_values(headers);
        event["multiValueQueryStringParameters"] = all_values(query);
    } else {
        event["headers"] = last_values(headers);
        event["queryStringParameters"] = last_values(query);
    }
    event
}
