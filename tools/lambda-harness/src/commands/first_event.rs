//! The first event of each function, which makes it use all of its stores.

use anyhow::Context;
use domain::{SessionId, UserId};
use runtime::{Clock, Env};
use serde_json::{Value, json};

use crate::{EventSource, HTTP_FUNCTIONS, HttpRequest};

/// # Errors
/// When the variables have no signing key.
pub(crate) fn build(function: &str, env: &Env, clock: &Clock) -> anyhow::Result<Value> {
    if HTTP_FUNCTIONS.contains(&function) {
        return Ok(HttpRequest::new("GET", &format!("/api/{function}/ready")).to_event(EventSource::HttpApi));
    }
    let at = clock.now();
    let id = clock.new_uuid();
    let fact = |kind: &str, data: Value| json!({"eventId": id, "at": at, "type": kind, "data": data}).to_string();
    Ok(match function {
        "notification-worker" => {
            sqs_event(&fact("payment.refunded", json!({"orderId": 1, "userId": 1, "amountCents": 500})))
        }
        "analytics-worker" => {
            sqs_event(&fact("payment.refunded", json!({"orderId": 1, "userId": 1, "amountCents": 500})))
        }
        "catalog-worker" => sqs_event(&fact("stock.changed", json!({"productId": 1, "available": 5, "version": 1}))),
        "authorizer" => {
            let key = env.required("TOKEN_SIGNING_KEY")?;
            let signer = tokens::Signer::new(&key)?;
            let token = signer.sign(UserId::new(1), domain::users::Role::Customer, SessionId::new(id), at)?;
            json!({"version": "2.0", "type": "REQUEST", "routeKey": "GET /api/users/me",
                "headers": {"authorization": format!("Bearer {token}")}})
        }
        "operator" => json!({"action": "show", "userId": 1}),
        // Invoked manually, and by a schedule: the content of the event does not matter.
        "migrations" | "recovery" => json!({}),
        other => Err(anyhow::anyhow!("no first event for {other}")).context("a function without one")?,
    })
}

fn sqs_event(body: &str) -> Value {
    let attributes = json!({"ApproximateReceiveCount": "1", "SentTimestamp": "0", "SenderId": "s", "ApproximateFirstReceiveTimestamp": "0"});
    json!({"Records": [{
        "messageId": "m1", "receiptHandle": "r", "body": body, "attributes": attributes, "messageAttributes": {},
        "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1",
    }]})
}
