use serde_json::{Value, json};

use crate::ACCOUNT_ID;

/// What CloudFormation sends to the migrations function during a deployment.
///
/// No server listens at its `ResponseURL`: replace it by a URL that accepts the response.
pub fn custom_resource_event() -> Value {
    json!({
        "RequestType": "Create",
        "ServiceToken": format!("arn:aws:lambda:eu-central-1:{ACCOUNT_ID}:function:shop-dev-migrations"),
        "ResponseURL": "https://cloudformation.invalid/answer",
        "StackId": format!("arn:aws:cloudformation:eu-central-1:{ACCOUNT_ID}:stack/shop-dev/guid"),
        "RequestId": "d19192f5-51b0-4b0e-8f0b-0d3e3b1d4a1c",
        "ResourceType": "Custom::Migrations",
        "LogicalResourceId": "Migrated",
        "ResourceProperties": {"Version": "1"},
    })
}
