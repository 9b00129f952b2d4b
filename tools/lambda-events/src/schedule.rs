use serde_json::{Value, json};

use crate::{ACCOUNT_ID, ISO_TIME};

/// What EventBridge sends each minute to the recovery function.
pub fn schedule_event() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": ISO_TIME,
        "region": "eu-central-1",
        "resources": [format!("arn:aws:events:eu-central-1:{ACCOUNT_ID}:rule/shop-dev-RecoveryEachMinute")],
        "detail": {},
    })
}
