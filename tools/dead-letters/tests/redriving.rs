//! From a broken consumer to a repaired one, over the real queues.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use dead_letters::{
    DeadLetter, DeadLetterQueue, DeadLetterScan, RedriveOutcome, Selection, discovery, list_dead_letters, redrive,
};
use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, Queue};
use domain::orders::OrderStatus;
use domain::{EventId, OrderId, PageSize, Timestamp, UserId};
use notification_worker::App;
use queue::Queues;
use serde_json::Value;
use testkit::TestEnv;

const TIMEOUT: Duration = Duration::from_secs(60);
const ADA: UserId = UserId::new(7);
/// What no operator may see.
const CANARY: &str = "ada@example.org";

struct Fixture {
    env: TestEnv,
    /// Waits as long as SQS does; the functions' client has far shorter timeouts.
    client: Client,
    queues: Queues,
    dlq: DeadLetterQueue,
    failing_app: App,
    working_app: App,
}

impl Fixture {
    async fn new() -> Self {
        let test_env = TestEnv::new().await;
        let queues = Queues::new(queue::Config::from_env(&test_env.env(), &Queue::ALL).unwrap());
        let places =
            discovery::find_by_name(queues.client().await, &test_env.prefix, Some(Queue::Notification)).await.unwrap();
        let away = test_env.env_with(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]);
        let broken = App::from_env(&away, &test_env.clock).unwrap();
        let mended = App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let patient = Client::new(runtime::aws_sdk_config());
        Self {
            client: patient,
            queues,
            dlq: places.into_iter().next().unwrap(),
            failing_app: broken,
            working_app: mended,
            env: test_env,
        }
    }

    /// Publishes events of orders; returns their event ids.
    async fn publish_orders(&self, orders: std::ops::Range<i32>) -> Vec<EventId> {
        let event = |order| {
            let payload = DomainEvent::OrderStatusChanged(OrderStatusChanged {
                order_id: OrderId::new(order),
                user_id: ADA,
                status: OrderStatus::Confirmed,
                was: Some(OrderStatus::Pending),
                total_cents: 100,
                currency: domain::pricing::Currency::EUR,
                summary: None,
                refunded_cents: 0,
                items: Vec::new(),
                reason: Some(CANARY.to_owned()),
                fulfilment: None,
            });
            let (event_id, at) = (EventId::new(self.env.clock.new_uuid()), self.env.clock.now());
            EventEnvelope { event_id, at, request_id: Some(CANARY.to_owned()), payload }
        };
        let events: Vec<EventEnvelope> = orders.map(event).collect();
        assert!(self.queues.publish(&events).await.is_empty());
        events.iter().map(|event| event.event_id).collect()
    }

    async fn send_raw(&self, body: &str) {
        let request = self.client.send_message().queue_url(&self.dlq.queue_url).message_body(body);
        Box::pin(request.send()).await.unwrap();
    }

    /// Runs a consumer until its queue is empty, without the waits between attempts.
    async fn consume_until_empty(&self, app: &App) {
        let (client, url) = (&self.client, &self.dlq.queue_url);
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
            let receive = receive.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
            let messages = Box::pin(receive.send()).await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() && self.count_messages(url).await == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "the queue does not become empty");
            let tries = |message: &Message| {
                let counts = message.attributes().unwrap();
                counts[&MessageSystemAttributeName::ApproximateReceiveCount].parse::<u32>().unwrap()
            };
            assert!(messages.iter().all(|message| tries(message) <= Queue::MAX_ATTEMPTS));
            let record = |m: &Message| (m.message_id().unwrap().to_owned(), m.body().unwrap().to_owned(), tries(m));
            let batch = worker::build_batch(messages.iter().map(record));
            let handled = Box::pin(notification_worker::handle(app, batch, worker::DEFAULT_TIME_LIMIT)).await;
            let failures = handled.batch_item_failures;
            for message in &messages {
                let receipt = message.receipt_handle().unwrap();
                if failures.iter().any(|failure| Some(failure.item_identifier.as_str()) == message.message_id()) {
                    let again = client.change_message_visibility().queue_url(url).receipt_handle(receipt);
                    Box::pin(again.visibility_timeout(0).send()).await.unwrap();
                } else {
                    Box::pin(client.delete_message().queue_url(url).receipt_handle(receipt).send()).await.unwrap();
                }
            }
        }
    }

    async fn count_messages(&self, url: &str) -> u64 {
        use QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
        let request = self.client.get_queue_attributes().queue_url(url);
        let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
        let counts =
            Box::pin(request.set_attribute_names(Some(names.to_vec())).send()).await.unwrap().attributes.unwrap();
        counts.values().map(|count| count.parse::<u64>().unwrap()).sum()
    }

    async fn list(&self) -> Vec<DeadLetter> {
        Box::pin(list_dead_letters(&self.client, &self.dlq, 100)).await.unwrap()
    }

    async fn redrive(&self, chosen: &Selection, rehearse: bool) -> RedriveOutcome {
        let walk = DeadLetterScan::new(&self.client, &self.dlq);
        Box::pin(redrive(walk, chosen, rehearse, self.env.clock.now())).await.unwrap()
    }

    /// The orders of which their customer was notified.
    async fn notified_orders(&self) -> Vec<i32> {
        let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&self.env.env()).unwrap());
        let table = store_dynamo::Notifications::new(
            dynamo,
            store_dynamo::Config::notifications_table(&self.env.env()).unwrap(),
        );
        let limit: PageSize = serde_json::from_str("100").unwrap();
        let page = Box::pin(table.list_of_user(ADA, limit, None)).await.unwrap();
        let mut orders: Vec<i32> =
            page.rows().iter().map(|notification| notification.order_id.unwrap().get()).collect();
        orders.sort_unstable();
        orders
    }
}

#[tokio::test]
async fn dead_letters_are_listed_redriven_and_processed_once() {
    let stage = Box::pin(Fixture::new()).await;
    let events = stage.publish_orders(1..4).await;
    stage.send_raw(&format!("no event of {CANARY}")).await;
    Box::pin(stage.consume_until_empty(&stage.failing_app)).await;

    let letters = stage.list().await;
    assert_eq!(letters.len(), 4);
    assert_eq!(stage.list().await, with_one_more_receive(&letters), "looking changes nothing");
    let readable: Vec<&DeadLetter> = letters.iter().filter(|letter| letter.event_id.is_some()).collect();
    assert_eq!(readable.len(), 3);
    assert!(readable.iter().all(|letter| letter.kind == Some("order.confirmed") && letter.request_id.is_none()));
    let abouts: BTreeSet<_> = readable.iter().map(|letter| letter.about.clone().unwrap()).collect();
    assert_eq!(abouts, BTreeSet::from(["order 1", "order 2", "order 3"].map(str::to_owned)));
    let poison = letters.iter().find(|letter| letter.event_id.is_none()).unwrap();
    assert_eq!(poison.reason, "it is not JSON (line 1, column 2): it will fail again");
    assert!(stage.notified_orders().await.is_empty());

    // One, by its event's id; first as a dry run.
    let one = Selection::Ids(BTreeSet::from([events[1].to_string()]));
    assert_eq!(stage.redrive(&one, true).await.redriven.len(), 1);
    assert_eq!((stage.count_messages(&stage.dlq.queue_url).await, stage.list().await.len()), (0, 4));
    let redriven = stage.redrive(&one, false).await;
    assert_eq!(redriven.redriven[0].about.as_deref(), Some("order 2"));
    assert_eq!((stage.count_messages(&stage.dlq.queue_url).await, stage.list().await.len()), (1, 3));
    Box::pin(stage.consume_until_empty(&stage.working_app)).await;
    assert_eq!(stage.notified_orders().await, [2]);
    let unknown = BTreeSet::from(["nobody".to_owned()]);
    assert_eq!(stage.redrive(&Selection::Ids(unknown.clone()), false).await.not_found, unknown);

    // All, by two operators at once: the poison returns, and nobody is notified twice.
    let another = || Box::pin(stage.redrive(&Selection::All, false));
    let (a, b) = tokio::join!(another(), another());
    assert_eq!(a.redriven.len() + b.redriven.len(), 3);
    Box::pin(stage.consume_until_empty(&stage.working_app)).await;
    assert_eq!(stage.notified_orders().await, [1, 2, 3]);
    let left = stage.list().await;
    assert_eq!((left.len(), left[0].kind), (1, None));
}

/// The same messages after one more scan: each was received once more.
fn with_one_more_receive(letters: &[DeadLetter]) -> Vec<DeadLetter> {
    letters.iter().map(|letter| DeadLetter { receives: letter.receives + 1, ..letter.clone() }).collect()
}

/// Killed at many moments, some of them between sending and deleting.
#[tokio::test]
async fn a_killed_redrive_loses_no_message_and_repeats_no_effect() {
    const ORDERS: i32 = 30;
    let stage = Box::pin(Fixture::new()).await;
    stage.publish_orders(1..ORDERS + 1).await;
    Box::pin(stage.consume_until_empty(&stage.failing_app)).await;
    assert_eq!(stage.count_messages(&stage.dlq.dead_letter_url).await, ORDERS as u64);
    let client = &stage.client;
    for millis in [1, 2, 3, 5, 8, 12, 17, 23, 30] {
        let walk = DeadLetterScan::new(client, &stage.dlq).with_visibility_timeout(1);
        let killed = Box::pin(redrive(walk, &Selection::All, false, stage.env.clock.now()));
        let _ = tokio::time::timeout(Duration::from_millis(millis), killed).await;
        let there =
            stage.count_messages(&stage.dlq.queue_url).await + stage.count_messages(&stage.dlq.dead_letter_url).await;
        assert!(there >= ORDERS as u64, "{there} of {ORDERS} after {millis} ms");
    }
    let deadline = Instant::now() + TIMEOUT;
    while stage.count_messages(&stage.dlq.dead_letter_url).await > 0 {
        assert!(Instant::now() < deadline, "dead letters stay");
        stage.redrive(&Selection::All, false).await;
    }
    Box::pin(stage.consume_until_empty(&stage.working_app)).await;
    assert_eq!(stage.notified_orders().await, (1..=ORDERS).collect::<Vec<_>>());
    assert_eq!(stage.count_messages(&stage.dlq.dead_letter_url).await, 0);
}

#[tokio::test]
async fn a_redrive_skips_messages_sent_after_it_began() {
    let stage = Box::pin(Fixture::new()).await;
    stage.publish_orders(1..3).await;
    Box::pin(stage.consume_until_empty(&stage.failing_app)).await;
    let walk = DeadLetterScan::new(&stage.client, &stage.dlq);
    let begun = Timestamp::from_millis(stage.env.clock.now().millis() - 3_600_000);
    let redriven = Box::pin(redrive(walk, &Selection::All, false, begun)).await.unwrap();
    assert_eq!(redriven.redriven.len(), 0, "they were sent after this redrive began");
    assert_eq!(stage.list().await.len(), 2);
}

#[tokio::test]
async fn the_command_reports_what_it_did_and_prints_no_message_body() {
    let stage = Box::pin(Fixture::new()).await;
    let events = stage.publish_orders(1..4).await;
    stage.send_raw(&format!("{{\"eventId\":\"{CANARY}\"}}")).await;
    Box::pin(stage.consume_until_empty(&stage.failing_app)).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dead-letters"));
        let output = command.args(arguments).env("NOTIFICATION_QUEUE_URL", &stage.dlq.queue_url).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(!out.contains(CANARY) && !err.contains(CANARY), "{out}{err}");
        (output.status.code().unwrap(), out, err)
    };
    assert_eq!(run(&["--help"]).0, 0);
    for wrong in
        [&["--redrive"][..], &["--all"], &["--id", "x"], &["--redrive", "--all", "--id", "x"], &["--queue", "x"]]
    {
        let (code, _, err) = run(wrong);
        assert_eq!((code, err.is_empty()), (2, false), "{wrong:?}");
    }
    let (code, out, _) = run(&[]);
    assert_eq!(code, 0);
    assert!(out.ends_with("notification: 4 dead letters\n") && out.contains("order 3"), "{out}");

    let (code, out, _) = run(&["--json", "--limit", "2"]);
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &shown["queues"][0]["waiting"]), (0, &4.into()));
    assert_eq!(shown["queues"][0]["deadLetters"].as_array().unwrap().len(), 2);

    let id = events[0].to_string();
    let (code, out, _) = run(&["--redrive", "--id", &id, "--id", "nobody", "--dry-run"]);
    assert_eq!(code, 3);
    assert!(out.contains("notification: 1 of 4 would be redriven\nnot found: nobody\n"), "{out}");
    let (code, out, _) = run(&["--redrive", "--id", &id]);
    assert_eq!(code, 0);
    assert!(out.ends_with("notification: 1 of 4 redriven\n"), "{out}");
    let url = ["--queue", "notification", "--queue-url", &stage.dlq.queue_url, "--redrive", "--all"];
    let (code, out, _) = run(&url);
    assert_eq!(code, 0);
    assert!(out.ends_with("notification: 3 of 3 redriven\n"), "{out}");
    let (code, out, _) = run(&["--queue", "notification"]);
    assert_eq!((code, out.as_str()), (0, "notification: 0 dead letters\n"));
    let (code, _, err) = run(&["--queue", "catalog"]);
    assert_eq!(code, 1);
    assert!(err.contains("CATALOG_QUEUE_URL"), "{err}");
    Box::pin(stage.consume_until_empty(&stage.working_app)).await;
    assert_eq!(stage.notified_orders().await, [1, 2, 3]);
}
