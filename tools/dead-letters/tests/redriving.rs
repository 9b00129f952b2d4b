//! From a consumer that is broken to one that is mended, over the real queues.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use dead_letters::{Chosen, Letter, Place, Redriven, Walk, find, look, redrive};
use domain::events::{Event, Fact, OrderFact, Queue};
use domain::orders::Status;
use domain::{EventId, Limit, OrderId, Timestamp, UserId};
use notification_worker::App;
use queue::Queues;
use serde_json::Value;
use testkit::Bed;

const PATIENCE: Duration = Duration::from_secs(60);
const ADA: UserId = UserId::new(7);
/// What no operator must be shown.
const CANARY: &str = "ada@example.org";

struct Stage {
    bed: Bed,
    /// Waits as long as SQS does; that of the functions is far less patient.
    patient: Client,
    queues: Queues,
    place: Place,
    broken: App,
    mended: App,
}

impl Stage {
    async fn set() -> Self {
        let bed = Bed::new().await;
        let queues = Queues::new(queue::Config::read(&bed.vars(), &Queue::ALL).unwrap());
        let places = find::by_name(queues.client().await, &bed.prefix, Some(Queue::Notification)).await.unwrap();
        let away = bed.vars_with(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]);
        let broken = App::read(&away, &bed.clock).unwrap();
        let mended = App::read(&bed.vars(), &bed.clock).unwrap();
        let patient = Client::new(runtime::aws().await);
        Self { patient, queues, place: places.into_iter().next().unwrap(), broken, mended, bed }
    }

    /// Tells of orders; the ids of the events.
    async fn tell(&self, orders: std::ops::Range<i32>) -> Vec<EventId> {
        let event = |order| {
            let fact = Fact::Order(OrderFact {
                order_id: OrderId::new(order),
                user_id: ADA,
                status: Status::Confirmed,
                was: Some(Status::Pending),
                total_cents: 100,
                refunded_cents: 0,
                items: Vec::new(),
                reason: Some(CANARY.to_owned()),
            });
            let (event_id, at) = (EventId::new(self.bed.clock.new_uuid()), self.bed.clock.now());
            Event { event_id, at, request_id: Some(CANARY.to_owned()), fact }
        };
        let events: Vec<Event> = orders.map(event).collect();
        assert!(self.queues.publish(&events).await.is_empty());
        events.iter().map(|event| event.event_id).collect()
    }

    async fn send(&self, body: &str) {
        let request = self.patient.send_message().queue_url(&self.place.source).message_body(body);
        Box::pin(request.send()).await.unwrap();
    }

    /// Lets a consumer work until its queue is empty, without the waits between tries.
    async fn work(&self, app: &App) {
        let (client, url) = (&self.patient, &self.place.source);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
            let receive = receive.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
            let messages = Box::pin(receive.send()).await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() && self.count(url).await == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "the queue does not become empty");
            let tries = |message: &Message| {
                let counts = message.attributes().unwrap();
                counts[&MessageSystemAttributeName::ApproximateReceiveCount].parse::<u32>().unwrap()
            };
            assert!(messages.iter().all(|message| tries(message) <= Queue::MAX_TRIES));
            let record = |m: &Message| (m.message_id().unwrap().to_owned(), m.body().unwrap().to_owned(), tries(m));
            let batch = worker::batch(messages.iter().map(record));
            let handled = Box::pin(notification_worker::handle(app, batch, worker::UNBOUNDED)).await;
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

    async fn count(&self, url: &str) -> u64 {
        use QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
        let request = self.patient.get_queue_attributes().queue_url(url);
        let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
        let counts =
            Box::pin(request.set_attribute_names(Some(names.to_vec())).send()).await.unwrap().attributes.unwrap();
        counts.values().map(|count| count.parse::<u64>().unwrap()).sum()
    }

    async fn letters(&self) -> Vec<Letter> {
        Box::pin(look(&self.patient, &self.place, 100)).await.unwrap()
    }

    async fn redrive(&self, chosen: &Chosen, rehearse: bool) -> Redriven {
        let walk = Walk::new(&self.patient, &self.place);
        Box::pin(redrive(walk, chosen, rehearse, self.bed.clock.now())).await.unwrap()
    }

    /// The orders that their customer was told of.
    async fn told(&self) -> Vec<i32> {
        let dynamo = dynamo::Dynamo::new(dynamo::Config::read(&self.bed.vars()).unwrap());
        let table = dynamo::Notifications::new(dynamo, dynamo::Config::notifications(&self.bed.vars()).unwrap());
        let limit: Limit = serde_json::from_str("100").unwrap();
        let page = Box::pin(table.of_user(ADA, limit, None)).await.unwrap();
        let mut orders: Vec<i32> = page.rows().iter().map(|told| told.order_id.unwrap().get()).collect();
        orders.sort_unstable();
        orders
    }
}

#[tokio::test]
async fn what_was_put_aside_is_seen_redriven_and_processed_once() {
    let stage = Box::pin(Stage::set()).await;
    let events = stage.tell(1..4).await;
    stage.send(&format!("no event of {CANARY}")).await;
    Box::pin(stage.work(&stage.broken)).await;

    let letters = stage.letters().await;
    assert_eq!(letters.len(), 4);
    assert_eq!(stage.letters().await, seen_once_more(&letters), "looking changes nothing");
    let readable: Vec<&Letter> = letters.iter().filter(|letter| letter.event_id.is_some()).collect();
    assert_eq!(readable.len(), 3);
    assert!(readable.iter().all(|letter| letter.kind == Some("order.confirmed") && letter.request_id.is_none()));
    let abouts: BTreeSet<_> = readable.iter().map(|letter| letter.about.clone().unwrap()).collect();
    assert_eq!(abouts, BTreeSet::from(["order 1", "order 2", "order 3"].map(str::to_owned)));
    let poison = letters.iter().find(|letter| letter.event_id.is_none()).unwrap();
    assert_eq!(poison.why, "it is not JSON (line 1, column 2): it will fail again");
    assert!(stage.told().await.is_empty());

    // One, by its event's id; first rehearsed.
    let one = Chosen::These(BTreeSet::from([events[1].to_string()]));
    assert_eq!(stage.redrive(&one, true).await.letters.len(), 1);
    assert_eq!((stage.count(&stage.place.source).await, stage.letters().await.len()), (0, 4));
    let redriven = stage.redrive(&one, false).await;
    assert_eq!(redriven.letters[0].about.as_deref(), Some("order 2"));
    assert_eq!((stage.count(&stage.place.source).await, stage.letters().await.len()), (1, 3));
    Box::pin(stage.work(&stage.mended)).await;
    assert_eq!(stage.told().await, [2]);
    let unknown = BTreeSet::from(["nobody".to_owned()]);
    assert_eq!(stage.redrive(&Chosen::These(unknown.clone()), false).await.missing, unknown);

    // All, by two operators at once: the poison comes back, and nobody is told twice.
    let another = || Box::pin(stage.redrive(&Chosen::All, false));
    let (a, b) = tokio::join!(another(), another());
    assert_eq!(a.letters.len() + b.letters.len(), 3);
    Box::pin(stage.work(&stage.mended)).await;
    assert_eq!(stage.told().await, [1, 2, 3]);
    let left = stage.letters().await;
    assert_eq!((left.len(), left[0].kind), (1, None));
}

/// The same letters as they are after one more look: each was received once more.
fn seen_once_more(letters: &[Letter]) -> Vec<Letter> {
    letters.iter().map(|letter| Letter { receives: letter.receives + 1, ..letter.clone() }).collect()
}

/// Killed at many moments, some of them between sending and deleting.
#[tokio::test]
async fn a_redrive_that_is_killed_loses_nothing_and_repeats_nothing() {
    const ORDERS: i32 = 30;
    let stage = Box::pin(Stage::set()).await;
    stage.tell(1..ORDERS + 1).await;
    Box::pin(stage.work(&stage.broken)).await;
    assert_eq!(stage.count(&stage.place.dead_letters).await, ORDERS as u64);
    let client = &stage.patient;
    for millis in [1, 2, 3, 5, 8, 12, 17, 23, 30] {
        let walk = Walk::new(client, &stage.place).out_of_sight_for(1);
        let killed = Box::pin(redrive(walk, &Chosen::All, false, stage.bed.clock.now()));
        let _ = tokio::time::timeout(Duration::from_millis(millis), killed).await;
        let there = stage.count(&stage.place.source).await + stage.count(&stage.place.dead_letters).await;
        assert!(there >= ORDERS as u64, "{there} of {ORDERS} after {millis} ms");
    }
    let deadline = Instant::now() + PATIENCE;
    while stage.count(&stage.place.dead_letters).await > 0 {
        assert!(Instant::now() < deadline, "dead letters stay");
        stage.redrive(&Chosen::All, false).await;
    }
    Box::pin(stage.work(&stage.mended)).await;
    assert_eq!(stage.told().await, (1..=ORDERS).collect::<Vec<_>>());
    assert_eq!(stage.count(&stage.place.dead_letters).await, 0);
}

#[tokio::test]
async fn a_redrive_leaves_alone_what_has_died_again() {
    let stage = Box::pin(Stage::set()).await;
    stage.tell(1..3).await;
    Box::pin(stage.work(&stage.broken)).await;
    let walk = Walk::new(&stage.patient, &stage.place);
    let begun = Timestamp::from_millis(stage.bed.clock.now().millis() - 3_600_000);
    let redriven = Box::pin(redrive(walk, &Chosen::All, false, begun)).await.unwrap();
    assert_eq!(redriven.letters.len(), 0, "they were sent after this redrive began");
    assert_eq!(stage.letters().await.len(), 2);
}

#[tokio::test]
async fn the_program_says_what_it_did_and_shows_no_body() {
    let stage = Box::pin(Stage::set()).await;
    let events = stage.tell(1..4).await;
    stage.send(&format!("{{\"eventId\":\"{CANARY}\"}}")).await;
    Box::pin(stage.work(&stage.broken)).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dead-letters"));
        let output = command.args(arguments).env("NOTIFICATION_QUEUE_URL", &stage.place.source).output().unwrap();
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
    assert_eq!(shown["queues"][0]["letters"].as_array().unwrap().len(), 2);

    let id = events[0].to_string();
    let (code, out, _) = run(&["--redrive", "--id", &id, "--id", "nobody", "--dry-run"]);
    assert_eq!(code, 3);
    assert!(out.contains("notification: 1 of 4 would be redriven\nnot found: nobody\n"), "{out}");
    let (code, out, _) = run(&["--redrive", "--id", &id]);
    assert_eq!(code, 0);
    assert!(out.ends_with("notification: 1 of 4 redriven\n"), "{out}");
    let url = ["--queue", "notification", "--queue-url", &stage.place.source, "--redrive", "--all"];
    let (code, out, _) = run(&url);
    assert_eq!(code, 0);
    assert!(out.ends_with("notification: 3 of 3 redriven\n"), "{out}");
    let (code, out, _) = run(&["--queue", "notification"]);
    assert_eq!((code, out.as_str()), (0, "notification: 0 dead letters\n"));
    let (code, _, err) = run(&["--queue", "catalog"]);
    assert_eq!(code, 1);
    assert!(err.contains("CATALOG_QUEUE_URL"), "{err}");
    Box::pin(stage.work(&stage.mended)).await;
    assert_eq!(stage.told().await, [1, 2, 3]);
}
