use serde_json::{Value, json};

use crate::{ACCOUNT_ID, EPOCH_MILLIS, TRACE_HEADER};

/// A message in a batch of SQS.
#[derive(Clone, Debug)]
pub struct SqsRecord {
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    /// How often SQS has delivered it, this time included.
    pub receive_count: u32,
    /// The trace of the request that sent it.
    pub trace: String,
}

impl SqsRecord {
    /// A message that is delivered for the first time.
    pub fn new(message_id: impl Into<String>, body: impl Into<String>) -> Self {
        let message_id = message_id.into();
        let receipt_handle = format!("receipt-{message_id}");
        Self { message_id, receipt_handle, body: body.into(), receive_count: 1, trace: TRACE_HEADER.to_owned() }
    }
}

/// A batch as the event source mapping of a queue hands it to its consumer.
pub fn sqs_batch(queue: &str, records: &[SqsRecord]) -> Value {
    let record = |record: &SqsRecord| {
        json!({
            "messageId": record.message_id,
            "receiptHandle": record.receipt_handle,
            "body": record.body,
            "attributes": {
                "ApproximateReceiveCount": record.receive_count.to_string(),
                "AWSTraceHeader": record.trace,
                "SentTimestamp": EPOCH_MILLIS.to_string(),
                "SenderId": "AROAEXAMPLE:shop-dev-orders",
                "ApproximateFirstReceiveTimestamp": EPOCH_MILLIS.to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:eu-central-1:{ACCOUNT_ID}:shop-dev-{queue}"),
            "awsRegion": "eu-central-1",
        })
    };
    json!({"Records": records.iter().map(record).collect::<Vec<_>>()})
}
