//! What the shop relies on in the replacements of AWS and MongoDB, tested through its own clients.
//!
//! A failure here is a replacement that changed, not a defect of the shop.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::clients;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use local::stores::{self, Endpoints, Ports, StoreOptions};
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::error::{ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};
use mongodb::options::{IndexOptions, UpdateOneModel, WriteModel};

#[tokio::test(flavor = "multi_thread")]
async fn the_emulators_behave_as_the_shop_expects() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("emulators-{}", std::process::id()));
    let options = StoreOptions {
        dir: dir.clone(),
        ports: Ports::Free,
        durable: false,
        ignore_environment: true,
        ..StoreOptions::default()
    };
    let stores = stores::start(options).await.unwrap();
    let at = stores.endpoints();
    tokio::join!(
        mongo_writes(at),
        mongo_transactions(at),
        sqs_batches(at),
        sqs_redrive(at),
        sqs_fifo(at),
        sqs_long_poll(at)
    );
    stores.stop().await;
    stores::erase(&dir).unwrap();
}

async fn mongo_writes(at: &Endpoints) {
    let client = clients::mongo(at).await;
    let reviews = client.database("writes").collection::<Document>("reviews");
    let unique = IndexOptions::builder().unique(true).name("one_review".to_owned()).build();
    let index = IndexModel::builder().keys(doc! { "product": 1, "customer": 1 }).options(unique).build();
    reviews.create_index(index).await.unwrap();
    reviews.insert_one(doc! { "product": 1, "customer": 1 }).await.unwrap();
    let twice = reviews.insert_one(doc! { "product": 1, "customer": 1 }).await.unwrap_err();
    let ErrorKind::Write(WriteFailure::WriteError(error)) = twice.kind.as_ref() else { panic!("{twice}") };
    assert_eq!(error.code, 11000);
    assert!(error.message.contains("one_review"), "{}", error.message);

    let days = client.database("writes").collection::<Document>("days");
    let mut adds = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let days = days.clone();
        let change = doc! { "$inc": { "views": 1 } };
        adds.spawn(async move { days.update_one(doc! { "_id": "d" }, change).upsert(true).await.unwrap() });
    }
    adds.join_all().await;
    let day = days.find_one(doc! { "_id": "d" }).await.unwrap().unwrap();
    assert_eq!(day.get_i32("views").unwrap(), 50);

    let model = |id: i32| {
        let change = doc! { "$inc": { "views": 1 } };
        let one = UpdateOneModel::builder().namespace(days.namespace()).filter(doc! { "_id": id }).update(change);
        WriteModel::UpdateOne(one.upsert(true).build())
    };
    let written = client.bulk_write((0..20).map(model)).ordered(false).await.unwrap();
    assert_eq!(written.upserted_count, 20);
}

async fn mongo_transactions(at: &Endpoints) {
    let client = clients::mongo(at).await;
    let events = client.database("transactions").collection::<Document>("events");
    let totals = client.database("transactions").collection::<Document>("totals");
    events.insert_one(doc! { "_id": "seen" }).await.unwrap();

    let mut session = client.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    let change = doc! { "$inc": { "n": 1 } };
    totals.update_one(doc! { "_id": 1 }, change.clone()).upsert(true).session(&mut session).await.unwrap();
    events.insert_one(doc! { "_id": "seen" }).session(&mut session).await.unwrap_err();
    let _ = session.abort_transaction().await;
    assert_eq!(totals.count_documents(doc! {}).await.unwrap(), 0, "an aborted transaction leaves nothing");

    session.start_transaction().await.unwrap();
    events.insert_one(doc! { "_id": "new" }).session(&mut session).await.unwrap();
    totals.update_one(doc! { "_id": 1 }, change).upsert(true).session(&mut session).await.unwrap();
    assert_eq!(totals.count_documents(doc! {}).await.unwrap(), 0, "nobody sees it before the commit");
    session.commit_transaction().await.unwrap();
    assert_eq!(totals.count_documents(doc! { "n": 1 }).await.unwrap(), 1);

    let mut slower = client.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    slower.start_transaction().await.unwrap();
    let change = doc! { "$inc": { "n": 1 } };
    totals.update_one(doc! { "_id": 1 }, change.clone()).session(&mut session).await.unwrap();
    let lost = totals.update_one(doc! { "_id": 1 }, change).session(&mut slower).await.unwrap_err();
    assert!(lost.contains_label(TRANSIENT_TRANSACTION_ERROR), "the slower one is to try again: {lost}");
    session.commit_transaction().await.unwrap();
}

async fn sqs_batches(at: &Endpoints) {
    let sqs = clients::sqs(at);
    let url = sqs.create_queue().queue_name("batches").send().await.unwrap().queue_url.unwrap();
    let entry =
        |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let too_long = "x".repeat(2 * 1024 * 1024);
    let entries = vec![entry("a", "one"), entry("b", &too_long), entry("c", "three")];
    let sent = sqs.send_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap();
    assert_eq!((sent.successful.len(), sent.failed.len()), (2, 1), "one bad entry spoils only itself");
    assert_eq!(sent.failed[0].id, "b");

    let received = sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    let messages = received.messages.unwrap();
    assert_eq!(messages.len(), 2);
    let delete = |(id, handle): (usize, &str)| {
        DeleteMessageBatchRequestEntry::builder().id(id.to_string()).receipt_handle(handle).build().unwrap()
    };
    let handles = messages.iter().filter_map(|message| message.receipt_handle());
    let entries = handles.enumerate().map(delete).collect();
    let deleted = sqs.delete_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(deleted.successful.len(), 2);
}

async fn sqs_redrive(at: &Endpoints) {
    let sqs = clients::sqs(at);
    let dead = sqs.create_queue().queue_name("dead").send().await.unwrap().queue_url.unwrap();
    let arn = QueueAttributeName::QueueArn;
    let attributes = sqs.get_queue_attributes().queue_url(&dead).attribute_names(arn.clone()).send().await.unwrap();
    let arn = attributes.attributes.unwrap().remove(&arn).unwrap();
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":2}}"#);
    let queue = sqs.create_queue().queue_name("source").attributes(QueueAttributeName::RedrivePolicy, policy);
    let url = queue.send().await.unwrap().queue_url.unwrap();
    sqs.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    for attempt in ["1", "2"] {
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        let receive = sqs.receive_message().queue_url(&url).message_system_attribute_names(count.clone());
        let message = receive.send().await.unwrap().messages.unwrap().remove(0);
        assert_eq!(message.attributes.unwrap()[&count], attempt);
        let handle = message.receipt_handle.unwrap();
        let again = sqs.change_message_visibility().queue_url(&url).receipt_handle(handle);
        again.visibility_timeout(0).send().await.unwrap();
    }
    assert!(sqs.receive_message().queue_url(&url).send().await.unwrap().messages.is_none());
    let poison = sqs.receive_message().queue_url(&dead).wait_time_seconds(2).send().await.unwrap();
    assert_eq!(poison.messages.unwrap()[0].body(), Some("poison"));
}

async fn sqs_fifo(at: &Endpoints) {
    let sqs = clients::sqs(at);
    let queue = sqs.create_queue().queue_name("turns.fifo").attributes(QueueAttributeName::FifoQueue, "true");
    let url = queue.send().await.unwrap().queue_url.unwrap();
    for (id, body) in [("1", "first"), ("2", "second"), ("1", "first again")] {
        let send = sqs.send_message().queue_url(&url).message_body(body).message_group_id("g");
        send.message_deduplication_id(id).send().await.unwrap();
    }
    // SQS itself would deliver both at once; here a group has one message in flight.
    let receive = || sqs.receive_message().queue_url(&url).max_number_of_messages(10).send();
    let first = receive().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(first.body(), Some("first"));
    assert!(receive().await.unwrap().messages.is_none(), "its group waits");
    let handle = first.receipt_handle.unwrap();
    sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    let second = receive().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(second.body(), Some("second"));
    let handle = second.receipt_handle.unwrap();
    sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    assert!(receive().await.unwrap().messages.is_none(), "the same deduplication id is dropped");
}

async fn sqs_long_poll(at: &Endpoints) {
    let sqs = clients::sqs(at);
    let url = sqs.create_queue().queue_name("waiting").send().await.unwrap().queue_url.unwrap();
    let waiting = tokio::spawn(sqs.receive_message().queue_url(&url).wait_time_seconds(20).send());
    let since = Instant::now();
    sqs.send_message().queue_url(&url).message_body("hello").send().await.unwrap();
    let message = waiting.await.unwrap().unwrap().messages.unwrap().remove(0);
    assert!(since.elapsed() < Duration::from_secs(10), "a waiting receiver gets a message at once");

    let sooner = sqs.change_message_visibility().queue_url(&url).receipt_handle(message.receipt_handle.unwrap());
    sooner.visibility_timeout(1).send().await.unwrap();
    assert!(sqs.receive_message().queue_url(&url).send().await.unwrap().messages.is_none(), "it is in flight");
    let again = sqs.receive_message().queue_url(&url).wait_time_seconds(10).send().await.unwrap();
    assert_eq!(again.messages.unwrap().len(), 1, "an expired one comes again");
}
