//! Giving messages back to their queue: sent first, deleted only after that was acknowledged.

use std::collections::BTreeSet;

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use domain::Timestamp;
use domain::events::Event;

use crate::walk::{Walk, id};
use crate::{Letter, Place};

/// Which messages are given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// All that lay there when the walk began.
    All,
    /// Those of these ids, SQS's or our own.
    These(BTreeSet<String>),
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub struct Redriven {
    /// Those that are in their queue again, or would be.
    pub letters: Vec<Letter>,
    /// Those that were sent and could not be deleted: they lie here still, and giving them back
    /// once more does no harm.
    pub kept: usize,
    /// Those that SQS did not take; each with its reason.
    pub refused: Vec<String>,
    /// The ids that were asked for and are not there.
    pub missing: BTreeSet<String>,
}

/// Gives the chosen messages back to their queue; with `rehearse`, only tells which these are.
///
/// # Errors
/// SQS does not answer. What was given back until then is in its queue.
pub async fn redrive(mut walk: Walk<'_>, chosen: &Chosen, rehearse: bool, now: Timestamp) -> Result<Redriven> {
    let (client, place) = (walk.client, walk.place);
    let mut done = Redriven::default();
    if let Chosen::These(ids) = chosen {
        done.missing = ids.clone();
    }
    let mut left = Vec::new();
    loop {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        let (ours, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(|m| is_chosen(m, chosen, now));
        left.extend(others);
        for message in &ours {
            for name in names(message) {
                done.missing.remove(&name);
            }
        }
        if rehearse {
            done.letters.extend(ours.iter().map(|message| Letter::of(place.queue, message)));
            left.extend(ours);
        } else {
            for batch in batches(ours) {
                left.extend(give_back(client, place, batch, &mut done).await?);
            }
        }
        if matches!(chosen, Chosen::These(_)) && done.missing.is_empty() {
            break;
        }
    }
    walk.give_back(&left).await?;
    Ok(done)
}

/// With a consumer that still fails, messages would come back for ever: those that were sent
/// after the walk began are the next walk's.
fn is_chosen(message: &Message, chosen: &Chosen, now: Timestamp) -> bool {
    match chosen {
        Chosen::These(ids) => names(message).iter().any(|name| ids.contains(name)),
        Chosen::All => {
            let sent = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
            sent.and_then(|millis| millis.parse::<i64>().ok()).is_none_or(|millis| millis <= now.millis())
        }
    }
}

/// The names under which a message may be asked for.
fn names(message: &Message) -> Vec<String> {
    let event = Event::read(message.body().unwrap_or_default()).ok().map(|event| event.event_id.to_string());
    event.into_iter().chain([id(message).to_owned()]).collect()
}

/// SQS bounds the size of a batch, not only of a message.
fn batches(messages: Vec<Message>) -> Vec<Vec<Message>> {
    queue::batches(messages, |message| message.body().map_or(0, str::len))
}

/// Sends, then deletes what was taken; answers what is left.
async fn give_back(client: &Client, place: &Place, batch: Vec<Message>, done: &mut Redriven) -> Result<Vec<Message>> {
    let entry = |(number, message): (usize, &Message)| {
        let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
        let entry = entry.set_message_body(message.body.clone());
        entry.set_message_attributes(message.message_attributes.clone()).build()
    };
    let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    // The SDK's futures nest deeply: boxed, they stay out of every caller's own.
    let sent = Box::pin(client.send_message_batch().queue_url(&place.source).set_entries(Some(entries)).send()).await;
    let answer = sent.map_err(|e| anyhow::anyhow!("the {} queue: {}", place.queue.name(), DisplayErrorContext(&e)))?;
    for failure in answer.failed() {
        let message = failure.id().parse::<usize>().ok().and_then(|number| batch.get(number));
        done.refused.push(format!("{}: {}", message.map_or("", id), failure.code()));
    }
    let is_taken = |number: usize| answer.successful().iter().any(|taken| taken.id() == number.to_string());
    let (taken, left): (Vec<_>, Vec<_>) = batch.into_iter().enumerate().partition(|(number, _)| is_taken(*number));
    let taken: Vec<Message> = taken.into_iter().map(|(_, message)| message).collect();
    done.letters.extend(taken.iter().map(|message| Letter::of(place.queue, message)));
    done.kept += taken.len() - delete(client, place, &taken).await;
    Ok(left.into_iter().map(|(_, message)| message).collect())
}

/// How many are gone. What could not be deleted is in both queues: told, and no failure.
async fn delete(client: &Client, place: &Place, taken: &[Message]) -> usize {
    let entry = |(number, message): (usize, &Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
        entry.set_receipt_handle(message.receipt_handle.clone()).build().ok()
    };
    let entries: Vec<_> = taken.iter().enumerate().filter_map(entry).collect();
    if entries.is_empty() {
        return 0;
    }
    let request = client.delete_message_batch().queue_url(&place.dead_letters).set_entries(Some(entries));
    let sent = Box::pin(request.send()).await;
    sent.map_or(0, |answer| answer.successful().len())
}
