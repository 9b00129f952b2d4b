//! The first event of each function: one that makes it call all its stores.

use anyhow::bail;
use api_client::ApiRequest;
use domain::{SessionId, UserId};
use lambda_events::{EventSource, SqsRecord, authorizer_event, schedule_event, sqs_batch};
use runtime::{Clock, Env};
use serde_json::{Value, json};

use crate::HTTP_FUNCTIONS;

/// # Errors
/// When the variables have no signing key.
pub(crate) fn build(function: &str, env: &Env, clock: &Clock) -> anyhow::Result<Value> {
    if HTTP_FUNCTIONS.contains(&function) {
        return Ok(EventSource::HttpApi.to_event(&ApiRequest::get(format!("/api/{function}/ready"))));
    }
    let at = clock.now();
    let id = clock.new_uuid();
    let batch = |queue: &str, kind: &str, data: Value| {
        let event = json!({"eventId": id, "at": at, "type": kind, "data": data});
        sqs_batch(queue, &[SqsRecord::new("first", event.to_string())])
    };
    let refund = json!({"orderId": 1, "userId": 1, "amountCents": 500});
    Ok(match function {
        "notification-worker" => batch("notification", "payment.refunded", refund),
        "analytics-worker" => batch("analytics", "payment.refunded", refund),
        "catalog-worker" => batch("catalog", "stock.changed", json!({"productId": 1, "available": 5, "version": 1})),
        "authorizer" => {
            let signer = tokens::Signer::new(&env.required("TOKEN_SIGNING_KEY")?)?;
            let token = signer.sign(UserId::new(1), domain::users::Role::Customer, SessionId::new(id), at)?;
            authorizer_event(&[("authorization", &format!("Bearer {token}"))])
        }
        "operator" => json!({"action": "show", "userId": 1}),
        "recovery" => schedule_event(),
        // An operator's invocation, whose event is not read.
        "migrations" => json!({}),
        other => bail!("no first event for {other}"),
    })
}
