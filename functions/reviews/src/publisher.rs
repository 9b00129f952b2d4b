//! Publishes the events of reviews that are in the ratings.

use std::collections::{BTreeMap, HashSet};

use domain::events::EventEnvelope;
use domain::reviews::{RatingTotals, rating_event};
use domain::{EventId, ProductId};
use queue::Queues;
use store_mongo::{Mongo, outbox, reviews};

use crate::group_commit::GroupCommit;

/// A review that was written: its pending events, and the ratings that they are in.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) product: ProductId,
    pub(crate) events: Vec<EventEnvelope>,
    pub(crate) totals: RatingTotals,
}

impl Written {
    /// Of a review that is not in the ratings yet.
    pub(crate) fn new(product: ProductId, events: Vec<EventEnvelope>) -> Self {
        Self { product, events, totals: RatingTotals::default() }
    }
}

#[derive(Clone)]
pub(crate) struct Publisher {
    mongo: Mongo,
    queues: Queues,
    waiting: GroupCommit<Written, ()>,
}

impl Publisher {
    pub(crate) fn new(mongo: Mongo, queues: Queues) -> Self {
        Self { mongo, queues, waiting: GroupCommit::default() }
    }

    /// Publishes events. Never fails its caller, whose effect is done: what could not be sent stays
    /// pending, and recovery sends it.
    pub(crate) async fn publish(&self, written: Written) {
        let run = |batch| publish_all(self.clone(), batch);
        if self.waiting.submit(written, run).await.is_none() {
            tracing::error!("Publishing events of reviews ended in a panic; recovery publishes them.");
        }
    }
}

/// Of several versions of a product's ratings only the newest is sent: the catalog would ignore the
/// others.
async fn publish_all(publisher: Publisher, batch: Vec<Written>) -> Vec<()> {
    let answers = vec![(); batch.len()];
    let mut products: BTreeMap<ProductId, (RatingTotals, Vec<EventEnvelope>)> = BTreeMap::new();
    let mut known: HashSet<EventId> = HashSet::new();
    for Written { product, events, totals } in batch {
        let (newest, all) = products.entry(product).or_default();
        if totals.version >= newest.version {
            *newest = totals;
        }
        all.extend(events.into_iter().filter(|event| known.insert(event.event_id)));
    }
    let mut sending: Vec<EventEnvelope> = Vec::new();
    let mut ratings: BTreeMap<ProductId, EventId> = BTreeMap::new();
    for (product, (totals, events)) in &products {
        let of_ratings = rating_event(*product, totals, events);
        ratings.extend(of_ratings.iter().map(|event| (*product, event.event_id)));
        sending.extend(events.iter().cloned().chain(of_ratings));
    }
    let Publisher { mongo, queues, .. } = publisher;
    // Side by side: an event that the outbox has as sent although it was not is still pending in
    // its review, and recovery sends it.
    let (failed, stored) = tokio::join!(queues.publish(&sending), outbox::insert_sent(&mongo, &sending));
    if !failed.is_empty() {
        tracing::warn!(events = failed.len(), "Some events of reviews could not be published; recovery sends them.");
    }
    let is_complete = |product: &ProductId| ratings.get(product).is_none_or(|event| !failed.contains(event));
    let sent = products.into_iter().filter(|(product, _)| is_complete(product)).flat_map(|(_, (_, events))| events);
    let sent: Vec<EventEnvelope> = sent.filter(|event| !failed.contains(&event.event_id)).collect();
    let cleared = match stored {
        Ok(()) if sent.is_empty() => Ok(()),
        Ok(()) => reviews::clear_pending(&mongo, &sent).await,
        Err(error) => Err(error),
    };
    if let Err(error) = cleared {
        tracing::warn!(%error, "Published events of reviews could not be marked; they will be sent once more.");
    }
    answers
}
