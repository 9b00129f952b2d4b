//! SQS batches: every record is processed by itself, and the response names exactly those to be
//! redelivered.
//!
//! A record that fails, panics, or is no event fails alone. The queue redelivers it, and moves it to
//! the dead-letter queue after five attempts. Knows no store and no event's meaning.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::events::{EventEnvelope, Queue};
use domain::{Problem, ProblemKind};
use futures::FutureExt;
use futures::stream::{self, StreamExt};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::{Clock, RequestContext, TRACE_ATTRIBUTE, Trace, metrics};
use tracing::Instrument;

pub use aws_lambda_events::sqs;

/// Records of one batch that are processed in parallel: as many as a function has connections for.
const CONCURRENCY: usize = 2;
/// The time limit of a consumer where no platform sets one.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30);

/// Passes each record's event to `consume` and collects the failures.
pub async fn process<F, W>(batch: SqsEvent, remaining_time: Duration, consume: F) -> SqsBatchResponse
where
    F: Fn(EventEnvelope) -> W,
    W: Future<Output = Result<(), Problem>>,
{
    process_with_attempt(batch, remaining_time, |event, _| consume(event)).await
}

/// As [`process`]; `consume` also gets the number of the attempt, from 1.
/// [`Queue::MAX_ATTEMPTS`](domain::events::Queue::MAX_ATTEMPTS) is the last one.
pub async fn process_with_attempt<F, W>(batch: SqsEvent, remaining_time: Duration, consume: F) -> SqsBatchResponse
where
    F: Fn(EventEnvelope, u32) -> W,
    W: Future<Output = Result<(), Problem>>,
{
    let outcomes = process_records(batch, remaining_time, consume).await;
    batch_response(outcomes.iter().filter_map(|(record, outcome)| Some((record, outcome.as_ref().err()?))))
}

/// As [`process`], and then calls `finalize` once with the results of the records that succeeded. If it
/// fails, these records fail too.
pub async fn process_then_finalize<F, W, T, S>(
    batch: SqsEvent,
    remaining_time: Duration,
    consume: F,
    finalize: S,
) -> SqsBatchResponse
where
    F: Fn(EventEnvelope) -> W,
    W: Future<Output = Result<T, Problem>>,
    S: AsyncFnOnce(Vec<T>) -> Result<(), Problem>,
{
    let start = Instant::now();
    let outcomes = process_records(batch, remaining_time, |event, _| consume(event)).await;
    let (mut done, mut results, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (record, outcome) in outcomes {
        match outcome {
            Ok(result) => {
                done.push(record);
                results.push(result);
            }
            Err(problem) => failed.push((record, problem)),
        }
    }
    let context = RequestContext::new("", remaining_time.saturating_sub(start.elapsed()));
    let finalized = catch_panic(context.scope(finalize(results))).await;
    let not_finalized =
        finalized.as_ref().err().into_iter().flat_map(|problem| done.iter().map(move |record| (record, problem)));
    batch_response(failed.iter().map(|(record, problem)| (record, problem)).chain(not_finalized))
}

/// Passes the events of all records to `consume` at once, for effects that are cheaper together. It
/// returns the result of each, in their order; if a store is unavailable, all are redelivered.
///
/// If it fails otherwise, or panics, each event is passed to it alone: one that triggers a defect
/// must not take the others along, attempt by attempt, into the dead-letter queue.
pub async fn process_batch<F, W>(batch: SqsEvent, remaining_time: Duration, consume: F) -> SqsBatchResponse
where
    F: Fn(Vec<EventEnvelope>) -> W,
    W: Future<Output = Result<Vec<Result<(), Problem>>, Problem>>,
{
    let start = Instant::now();
    // A batch is logged under the request id and the trace of its first event.
    let consume_together = async |events: Vec<EventEnvelope>, trace: Option<Trace>| {
        let request = events.first().and_then(|event| event.request_id.clone()).unwrap_or_default();
        let span = tracing::info_span!(
            "messages", request.id = %request, trace.id = trace.as_ref().map(display), messages = events.len()
        );
        let context = RequestContext::new(request, remaining_time.saturating_sub(start.elapsed())).with_trace(trace);
        catch_panic(context.scope(async { consume(events).await }).instrument(span)).await
    };
    let (mut readable, mut failed) = (Vec::new(), Vec::new());
    for record in batch.records {
        match parse_event(&record) {
            Ok(event) => readable.push((record, event)),
            Err(problem) => failed.push((record, problem)),
        }
    }
    let events: Vec<EventEnvelope> = readable.iter().map(|(_, event)| event.clone()).collect();
    let first = readable.first().and_then(|(record, _)| record_trace(record));
    let outcome = if events.is_empty() { Ok(Vec::new()) } else { consume_together(events, first).await };
    let mut unavailable = None;
    match outcome {
        Ok(each) => {
            let each = readable.drain(..).zip(each);
            failed.extend(each.filter_map(|((record, _), outcome)| Some((record, outcome.err()?))));
        }
        Err(problem) if problem.kind() == ProblemKind::Internal && readable.len() > 1 => {
            tracing::warn!(%problem, "A batch failed as a whole; its messages are processed one by one.");
            for (record, event) in readable.drain(..) {
                let alone = consume_together(vec![event], record_trace(&record)).await;
                if let Err(problem) = alone.and_then(|mut each| each.pop().unwrap_or(Ok(()))) {
                    failed.push((record, problem));
                }
            }
        }
        Err(problem) => unavailable = Some(problem),
    }
    let unprocessed = readable.iter().filter_map(|(record, _)| Some((record, unavailable.as_ref()?)));
    batch_response(failed.iter().map(|(record, problem)| (record, problem)).chain(unprocessed))
}

async fn process_records<F, W, T>(
    batch: SqsEvent,
    remaining_time: Duration,
    consume: F,
) -> Vec<(SqsMessage, Result<T, Problem>)>
where
    F: Fn(EventEnvelope, u32) -> W,
    W: Future<Output = Result<T, Problem>>,
{
    let start = Instant::now();
    let one = async |record: SqsMessage| {
        let work = async {
            let event = parse_event(&record)?;
            let request = event.request_id.clone().unwrap_or_default();
            let (name, trace, order) = (event.payload.name(), record_trace(&record), event.payload.order_id());
            let span = tracing::info_span!(
                "message", request.id = %request, trace.id = trace.as_ref().map(display),
                order.id = order.map(display), event.id = %event.event_id, event.name = name
            );
            let context =
                RequestContext::new(request, remaining_time.saturating_sub(start.elapsed())).with_trace(trace);
            let work = async {
                let outcome = consume(event, receive_count(&record)).await;
                if outcome.is_ok() {
                    tracing::info!("A message was processed.");
                }
                outcome
            };
            context.scope(work).instrument(span).await
        };
        let outcome = catch_panic(work).await;
        (record, outcome)
    };
    stream::iter(batch.records).map(one).buffer_unordered(CONCURRENCY).collect().await
}

fn parse_event(record: &SqsMessage) -> Result<EventEnvelope, Problem> {
    let body = record.body.as_deref().unwrap_or_default();
    EventEnvelope::decode(body).map_err(|why| Problem::internal(format!("the message is no event: {why}")))
}

/// Catches a panic: the rest of the batch is still processed.
async fn catch_panic<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(Problem::internal("a consumer panicked")))
}

/// Names the failures, and logs each.
fn batch_response<'a>(failed: impl Iterator<Item = (&'a SqsMessage, &'a Problem)>) -> SqsBatchResponse {
    let failure = |(record, problem): (&SqsMessage, &Problem)| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = record.message_id.clone().unwrap_or_default();
        let (id, attempts) = (&failure.item_identifier, receive_count(record));
        if attempts >= Queue::MAX_ATTEMPTS {
            metrics::DEAD_LETTERS.increment();
        }
        tracing::error!(message.id = id, message.tries = attempts, %problem, "A message could not be processed.");
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.map(failure).collect();
    response
}

/// The trace in which the message was sent.
fn record_trace(record: &SqsMessage) -> Option<Trace> {
    record.attributes.get(TRACE_ATTRIBUTE).and_then(|header| Trace::parse(header))
}

fn receive_count(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Serves a consumer under Lambda: `handle` gets a batch and how long it may take.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve<F, W>(clock: Clock, handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(SqsEvent, Duration) -> W,
    W: Future<Output = SqsBatchResponse>,
{
    let one = |event: LambdaEvent<SqsEvent>| {
        let work = handle(event.payload, runtime::remaining_time(event.context.deadline, &clock));
        let clock = &clock;
        async move {
            let response = work.await;
            metrics::flush(clock.now());
            Ok::<_, lambda_runtime::Error>(response)
        }
    };
    lambda_runtime::run(service_fn(one)).await
}

/// A batch as Lambda delivers it, for the local server's poller and for tests.
pub fn build_batch(messages: impl IntoIterator<Item = (String, String, u32)>) -> SqsEvent {
    let record = |(id, body, attempts): (String, String, u32)| {
        let mut record = SqsMessage::default();
        record.message_id = Some(id);
        record.body = Some(body);
        record.attributes.insert("ApproximateReceiveCount".to_owned(), attempts.to_string());
        record
    };
    let mut event = SqsEvent::default();
    event.records = messages.into_iter().map(record).collect();
    event
}
