//! What a purchase leaves in the logs and in the metrics, on both sides of a queue.

use aws_sdk_sqs::types::MessageSystemAttributeName;
use domain::events::Queue;
use edge::{Form, Request};
use serde_json::{Value, json};

use crate::world::{World, line};

const TRACE: &str = "Root=1-65920080-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1";
const TRACE_ID: &str = "1-65920080-0123456789abcdef01234567";
const REQUEST_ID: &str = "a-purchase";

fn is_metric(line: &Value, name: &str) -> bool {
    line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().is_some_and(|all| all.iter().any(|m| m["Name"] == name))
}

/// The ids that every line about the purchase carries.
fn ids(line: &Value) -> (Value, Value, Value) {
    let span = &line["span"];
    (span["request.id"].clone(), span["trace.id"].clone(), span["order.id"].clone())
}

async fn buy(world: &mut World) -> Value {
    let product = world.product().await;
    let body = json!({"items": [{"productId": product, "quantity": 1}]});
    let request = Request::new("POST", "/api/orders").json(&body).token(&world.customer.token);
    let event = request.header("x-request-id", REQUEST_ID).event(Form::HttpApi);
    let orders = world.function("orders").await;
    let answer = orders.invoke_traced(&event, TRACE).await.unwrap().json().unwrap();
    assert_eq!(answer["statusCode"], 201, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_purchase_can_be_followed_across_the_queue_by_three_ids() {
    let mut world = World::open().await;
    let order = buy(&mut world).await;
    let expected = (json!(REQUEST_ID), json!(TRACE_ID), json!(order["id"].to_string()));
    let orders = world.function("orders").await;
    let answered = line(orders, "the answer", |line| line["message"] == "A request was answered.").await;
    assert_eq!(ids(&answered), expected);
    assert_eq!((&answered["level"], &answered["http.route"]), (&json!("INFO"), &json!("/api/orders")));

    let queues = queue::Queues::new(queue::Config::read(&world.bed.vars(), &[]).unwrap());
    let url = queues.url(Queue::Notification).unwrap();
    let receive = queues.client().await.receive_message().queue_url(url).wait_time_seconds(5);
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
    let message = receive.send().await.unwrap().messages.unwrap().remove(0);
    let attributes = message.attributes.clone().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::AwsTraceHeader], TRACE);

    let attributes: serde_json::Map<String, Value> =
        attributes.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    let event = json!({"Records": [{
        "messageId": message.message_id, "receiptHandle": "r", "body": message.body, "attributes": attributes,
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q",
        "awsRegion": "us-east-1",
    }]});
    let worker = world.function("notification-worker").await;
    // The batch's own trace is another: the message's is the one to follow.
    assert_eq!(worker.invoke(&event).await.unwrap().json().unwrap(), json!({"batchItemFailures": []}));
    let processed = line(worker, "the message", |line| line["message"] == "A message was processed.").await;
    assert_eq!(ids(&processed), expected);
    assert_eq!(processed["span"]["event.name"], "order.confirmed");
}

#[tokio::test]
async fn each_step_of_the_business_is_measured() {
    let mut world = World::open().await;
    buy(&mut world).await;
    let orders = world.function("orders").await;
    let placed = line(orders, "OrdersPlaced", |line| is_metric(line, "OrdersPlaced")).await;
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
        let took = line(orders, step, |line| is_metric(line, "SagaStepMillis") && line["Step"] == step).await;
        assert!(took["SagaStepMillis"][0].as_f64().is_some_and(|millis| millis > 0.0), "{took}");
    }

    let product = Request::new("GET", &format!("/api/products/{}", world.product().await));
    for measure in ["CacheMisses", "CacheHits"] {
        assert_eq!(world.ask(&product, Form::HttpApi).await.status, 200);
        let told = line(world.function("products").await, measure, |line| is_metric(line, measure)).await;
        assert_eq!((&told["Function"], &told[measure]), (&json!("products"), &json!(1.0)));
    }

    let declined = world.order("tok_declined").await;
    assert_eq!(declined["status"], "payment_failed");
    let orders = world.function("orders").await;
    line(orders, "a decline", |line| is_metric(line, "PaymentDeclined") && line["PaymentDeclined"] == 1.0).await;
    line(orders, "its outcome", |line| is_metric(line, "OrdersPlaced") && line["Outcome"] == "payment_failed").await;

    let recovery = world.function("recovery").await;
    recovery.invoke(&json!({})).await.unwrap();
    let told = line(recovery, "OutboxAgeSeconds", |line| is_metric(line, "OutboxAgeSeconds")).await;
    assert_eq!((&told["RecoveryFailures"], &told["StuckCheckouts"]), (&json!(0.0), &json!(0.0)), "{told}");
}
