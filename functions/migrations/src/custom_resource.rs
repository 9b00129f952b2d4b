//! The requests and responses of a CloudFormation custom resource.

use serde::Deserialize;
use serde_json::{Value, json};

/// The resource's physical id: always the same, so that an update never looks like a replacement,
/// which CloudFormation would follow by a deletion.
const PHYSICAL_ID: &str = "migrations";
/// CloudFormation accepts 4 KB in total; a longer reason is truncated.
const MAX_REASON: usize = 1024;

/// A custom resource's event, as far as a response needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CustomResourceRequest {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
}

impl CustomResourceRequest {
    /// The event if CloudFormation sent it, or `None` if someone else invoked the function.
    pub(crate) fn from_event(event: Value) -> Result<Option<Self>, serde_json::Error> {
        if event.get("ResponseURL").is_none() {
            return Ok(None);
        }
        serde_json::from_value(event).map(Some)
    }

    /// A deletion keeps the data, so nothing is done.
    pub(crate) fn is_deletion(&self) -> bool {
        self.request_type == "Delete"
    }

    /// Pre-signed: anyone who has it can send the response, so it is never logged.
    pub(crate) fn response_url(&self) -> &str {
        &self.response_url
    }

    pub(crate) fn response(&self, outcome: Result<(), String>) -> Value {
        let (status, reason) = match outcome {
            Ok(()) => ("SUCCESS", "Every store is up to date.".to_owned()),
            Err(reason) => ("FAILED", reason.chars().take(MAX_REASON).collect()),
        };
        json!({
            "Status": status,
            "Reason": reason,
            "PhysicalResourceId": self.physical_resource_id.as_deref().unwrap_or(PHYSICAL_ID),
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_resource_id,
        })
    }
}
