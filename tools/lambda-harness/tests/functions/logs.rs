//! The log lines and metrics of an order, on both sides of a queue.

use api_client::ApiRequest;
use lambda_events::{EventSource, SqsRecord, sqs_batch};
use serde_json::{Value, json};

use crate::harness::{Harness, wait_for_log_line};
use crate::sqs_recorder::SqsRecorder;

const TRACE: &str = "Root=1-65920080-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1";
const TRACE_ID: &str = "1-65920080-0123456789abcdef01234567";
const REQUEST_ID: &str = "a-purchase";

fn is_metric(line: &Value, name: &str) -> bool {
    line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().is_some_and(|all| all.iter().any(|m| m["Name"] == name))
}

/// The ids that every line about the order has.
fn correlation_ids(line: &Value) -> (Value, Value, Value) {
    let span = &line["span"];
    (span["request.id"].clone(), span["trace.id"].clone(), span["order.id"].clone())
}

fn is_confirmation(body: &str) -> bool {
    body.contains("\"order.status\"") && body.contains("\"confirmed\"")
}

async fn place_order(world: &mut Harness) -> Value {
    let product = world.create_product().await;
    let body = json!({"items": [{"productId": product, "quantity": 1}]});
    let request = ApiRequest::post("/api/orders", &body).with_token(&world.customer.token);
    let event = EventSource::HttpApi.to_event(&request.with_header("x-request-id", REQUEST_ID));
    let orders = world.function("orders").await;
    let response = orders.invoke_with_trace(&event, TRACE).await.unwrap().json().unwrap();
    assert_eq!(response["statusCode"], 201, "{response}");
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_purchase_can_be_followed_across_the_queue_by_three_ids() {
    let mut world = Harness::new().await;
    let (recorder, url) = SqsRecorder::start().await;
    world.start("orders", &[("AWS_ENDPOINT_URL_SQS", &url)]).await;
    let order = place_order(&mut world).await;
    let expected = (json!(REQUEST_ID), json!(TRACE_ID), json!(order["id"].to_string()));
    let orders = world.function("orders").await;
    let answered = wait_for_log_line(orders, "the answer", |line| line["message"] == "A request was completed.").await;
    assert_eq!(correlation_ids(&answered), expected);
    assert_eq!((&answered["level"], &answered["http.route"]), (&json!("INFO"), &json!("/api/orders")));

    let message =
        recorder.messages().into_iter().find(|message| message["MessageBody"].as_str().is_some_and(is_confirmation));
    let message = message.expect("a message to the notification queue");
    let attribute = &message["MessageSystemAttributes"]["AWSTraceHeader"];
    assert_eq!(attribute, &json!({"DataType": "String", "StringValue": TRACE}));

    // As the event source mapping hands the message over.
    let body = message["MessageBody"].as_str().unwrap();
    let event = sqs_batch("notification", &[SqsRecord { trace: TRACE.to_owned(), ..SqsRecord::new("m", body) }]);
    let worker = world.function("notification-worker").await;
    // The batch has a trace of its own: log lines must have the message's.
    assert_eq!(worker.invoke(&event).await.unwrap().json().unwrap(), json!({"batchItemFailures": []}));
    let processed =
        wait_for_log_line(worker, "the message", |line| line["message"] == "A message was processed.").await;
    assert_eq!(correlation_ids(&processed), expected);
    assert_eq!(processed["span"]["event.name"], "order.confirmed");
}

#[tokio::test]
async fn each_business_step_has_a_metric() {
    let mut world = Harness::new().await;
    place_order(&mut world).await;
    let orders = world.function("orders").await;
    let placed = wait_for_log_line(orders, "OrdersPlaced", |line| is_metric(line, "OrdersPlaced")).await;
    let directive = &placed["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(
        (&directive["Namespace"], &directive["Dimensions"]),
        (&json!("Shop"), &json!([["Function", "Outcome"]]))
    );
    assert_eq!(
        (&placed["Function"], &placed["Outcome"], &placed["OrdersPlaced"], &placed["requestId"]),
        (&json!("orders"), &json!("confirmed"), &json!(1.0), &json!(REQUEST_ID))
    );
    for step in ["begin", "reserve", "charge", "sell", "end"] {
        let took =
            wait_for_log_line(orders, step, |line| is_metric(line, "SagaStepMillis") && line["Step"] == step).await;
        assert!(took["SagaStepMillis"][0].as_f64().is_some_and(|millis| millis > 0.0), "{took}");
    }

    let product = ApiRequest::get(format!("/api/products/{}", world.create_product().await));
    for measure in ["CacheMisses", "CacheHits"] {
        assert_eq!(world.send(&product, EventSource::HttpApi).await.status, 200);
        let line = wait_for_log_line(world.function("products").await, measure, |line| is_metric(line, measure)).await;
        assert_eq!((&line["Function"], &line[measure]), (&json!("products"), &json!(1.0)));
    }

    let declined = world.place_order("tok_declined").await;
    assert_eq!(declined["status"], "payment_failed");
    let orders = world.function("orders").await;
    wait_for_log_line(orders, "a decline", |line| is_metric(line, "PaymentDeclined") && line["PaymentDeclined"] == 1.0)
        .await;
    wait_for_log_line(orders, "its outcome", |line| {
        is_metric(line, "OrdersPlaced") && line["Outcome"] == "payment_failed"
    })
    .await;

    let recovery = world.function("recovery").await;
    recovery.invoke(&json!({})).await.unwrap();
    let line = wait_for_log_line(recovery, "OutboxAgeSeconds", |line| is_metric(line, "OutboxAgeSeconds")).await;
    assert_eq!((&line["RecoveryFailures"], &line["StuckCheckouts"]), (&json!(0.0), &json!(0.0)), "{line}");
}
