//! Queues: no message is delivered twice while it is processed, and no failed message is lost.

use std::collections::BTreeSet;

use domain::events::Queue;
use serde_json::json;
use tests::cloudformation::{Resource, Template, text};
use tests::roles::{comma_separated, role_parameters};

use crate::functions;

/// 14 days: the longest that SQS keeps a message.
const MAX_RETENTION_SECONDS: u64 = 14 * 24 * 60 * 60;

fn find_queue<'a>(template: &'a Template, name: &str) -> Resource<'a> {
    let queues = template.resources("AWS::SQS::Queue");
    queues.into_iter().find(|queue| queue.name == name).expect(name)
}

#[test]
fn there_is_a_queue_for_every_purpose() {
    let template = Template::read("infra/queues.yaml");
    let there: BTreeSet<String> = template.nested("queue.yaml").into_values().map(|p| text(&p["Name"])).collect();
    assert_eq!(there, Queue::ALL.map(|queue| queue.name().to_owned()).into());
}

#[test]
fn what_fails_five_times_is_kept_for_two_weeks() {
    let template = Template::read("infra/queue.yaml");
    let (queue, dead) = (find_queue(&template, "Queue"), find_queue(&template, "DeadLetters"));
    assert_eq!(queue.property("RedrivePolicy/maxReceiveCount"), Queue::MAX_ATTEMPTS);
    assert_eq!(text(queue.property("RedrivePolicy/deadLetterTargetArn")), "${DeadLetters.Arn}");
    assert_eq!(dead.property("MessageRetentionPeriod"), MAX_RETENTION_SECONDS);
    assert_eq!(queue.property("MessageRetentionPeriod"), MAX_RETENTION_SECONDS);
    assert!(dead.property("RedrivePolicy").is_null());
    for queue in [queue, dead] {
        assert_eq!(text(queue.property("KmsMasterKeyId")), "${KeyArn}", "{}", queue.name);
    }
}

#[test]
fn a_consumer_has_time_reports_what_failed_and_may_read_its_queue() {
    let queue = Template::read("infra/queue.yaml");
    let visibility = find_queue(&queue, "Queue").property("VisibilityTimeout").as_u64();
    let (template, roles) = (Template::read("template.yaml"), Template::read("infra/functions.yaml"));
    let allowances = role_parameters(&roles);
    let mut consumed = BTreeSet::new();
    for (folder, function) in functions(&template) {
        for event in function.property("Events").as_object().into_iter().flatten().map(|(_, event)| event) {
            if event["Type"] != "SQS" {
                continue;
            }
            let properties = &event["Properties"];
            let timeout = function.property("Timeout").as_u64().expect("a timeout");
            assert!(visibility >= Some(6 * timeout), "{folder}: {visibility:?} s for {timeout} s");
            assert_eq!(properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{folder}");
            assert!(
                !properties["ScalingConfig"]["MaximumConcurrency"].is_null(),
                "{folder} would take all concurrency"
            );
            // `${Queues.Outputs.CatalogArn}` and `${CatalogQueueArn}`.
            let queue = text(&properties["Queue"]).replace("Queues.Outputs.", "").replace("Arn}", "QueueArn}");
            assert_eq!(
                comma_separated(allowances[&folder].get("Receives")),
                BTreeSet::from([queue.clone()]),
                "{folder}"
            );
            assert!(
                folder.starts_with(queue[2..].split("Queue").next().unwrap().to_lowercase().as_str()),
                "{folder} reads {queue}"
            );
            consumed.insert(queue);
        }
    }
    assert_eq!(consumed.len(), Queue::ALL.len(), "every queue has its consumer: {consumed:?}");
}

#[test]
fn recovery_runs_each_minute_and_is_not_tried_twice() {
    let template = Template::read("template.yaml");
    let recovery = functions(&template)["recovery"];
    assert_eq!(recovery.property("Events/EachMinute/Properties/Schedule"), "rate(1 minute)");
    assert_eq!(recovery.property("EventInvokeConfig/MaximumRetryAttempts"), 0);
    assert!(recovery.property("Timeout").as_u64() < Some(60), "a run ends before the next begins");
}
