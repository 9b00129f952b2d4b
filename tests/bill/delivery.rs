//! The queues' messages to their consumers, as Lambda delivers them. Receiving and deleting is
//! Lambda's own work and is billed all the same: one of each for a batch. What waits in an empty queue
//! costs by the minute and not by the use case; see docs/costs.md.

use std::time::Duration;

use domain::events::Queue;
use queue::Queues;
use worker::sqs::SqsEvent;

use crate::proxy::{Call, Recorder, Store};
use crate::shop::BillShop;

const BATCH_SIZE: i32 = 10;
const BATCH_TIME: Duration = Duration::from_secs(30);

/// Delivers until every queue is empty.
pub(crate) async fn deliver_all(shop: &BillShop) {
    while deliver_each(shop).await {}
}

async fn deliver_each(shop: &BillShop) -> bool {
    let mut any = false;
    for queue in Queue::ALL {
        while let Some(batch) = receive(&shop.queues, queue, &shop.recorder).await {
            any = true;
            let failures = match queue {
                Queue::Notification => notification_worker::handle(&shop.notification_worker, batch, BATCH_TIME).await,
                // A new instance each time: one that has just aggregated would not do so again.
                Queue::Analytics => analytics_worker::handle(&shop.analytics_worker(), batch, BATCH_TIME).await,
                Queue::Catalog => catalog_worker::handle(&shop.catalog_worker, batch, BATCH_TIME).await,
            };
            assert!(failures.batch_item_failures.is_empty(), "{queue:?}: {failures:?}");
        }
    }
    any
}

async fn receive(queues: &Queues, queue: Queue, recorder: &Recorder) -> Option<SqsEvent> {
    let (client, url) = (queues.client().await, queues.url(queue).expect("every queue has a URL"));
    let received = client.receive_message().queue_url(url).max_number_of_messages(BATCH_SIZE).send();
    let messages = received.await.expect("SQS responds").messages.unwrap_or_default();
    if messages.is_empty() {
        return None;
    }
    for message in &messages {
        let receipt = message.receipt_handle.as_deref().unwrap_or_default();
        client.delete_message().queue_url(url).receipt_handle(receipt).send().await.expect("SQS deletes");
    }
    for what in ["ReceiveMessage", "DeleteMessageBatch"] {
        recorder.record(Call { store: Store::Sqs, what: what.to_owned(), waits: false });
    }
    let records = messages.into_iter().map(|m| (m.message_id.unwrap_or_default(), m.body.unwrap_or_default(), 1));
    Some(worker::build_batch(records))
}
