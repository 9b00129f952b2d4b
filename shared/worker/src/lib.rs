//! SQS batches: every record on its own, and an answer that names exactly those to be tried again.
//!
//! A record that fails, is no event, or panics, fails alone; the queue redelivers it and, after
//! five tries, puts it aside in the dead-letter queue. Knows no store and no event's meaning.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Problem;
use domain::events::Event;
use futures::FutureExt;
use futures::stream::{self, StreamExt};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::{Call, Clock};
use tokio::time::Instant;
use tracing::Instrument;

pub use aws_lambda_events::sqs;

/// Records of one batch that are worked on at once: as many as a function has connections for.
const AT_ONCE: usize = 2;
/// A consumer's time where no platform sets it.
pub const UNBOUNDED: Duration = Duration::from_secs(30);

/// Gives each record's event to `consume` and gathers the failures.
pub async fn handle<F, W>(batch: SqsEvent, left: Duration, consume: F) -> SqsBatchResponse
where
    F: Fn(Event) -> W,
    W: Future<Output = Result<(), Problem>>,
{
    handle_then(batch, left, consume, async |_: Vec<()>| Ok(())).await
}

/// The same, and `settle` does once for the whole batch what need not be done for each record:
/// it gets what the records came to that succeeded, and when it fails, these fail too.
pub async fn handle_then<F, W, T, S>(batch: SqsEvent, left: Duration, consume: F, settle: S) -> SqsBatchResponse
where
    F: Fn(Event) -> W,
    W: Future<Output = Result<T, Problem>>,
    S: AsyncFnOnce(Vec<T>) -> Result<(), Problem>,
{
    let start = Instant::now();
    let left = || left.saturating_sub(start.elapsed());
    let one = async |record: SqsMessage| {
        let outcome = caught(work(&record, left(), &consume)).await;
        if let Err(problem) = &outcome {
            log_failure(&record, problem);
        }
        (record.message_id.unwrap_or_default(), outcome.ok())
    };
    let outcomes: Vec<_> = stream::iter(batch.records).map(one).buffer_unordered(AT_ONCE).collect().await;
    let (mut failed, mut done, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for (id, result) in outcomes {
        match result {
            Some(result) => {
                done.push(id);
                results.push(result);
            }
            None => failed.push(id),
        }
    }
    if let Err(problem) = caught(Call::new("", left()).serve(settle(results))).await {
        tracing::error!(messages = done.len(), %problem, "A batch could not be settled; its messages will come again.");
        failed.append(&mut done);
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    response
}

/// Work that panics is caught: the rest of the batch goes on.
async fn caught<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(Problem::internal("a consumer panicked")))
}

fn log_failure(record: &SqsMessage, problem: &Problem) {
    let id = record.message_id.as_deref().unwrap_or_default();
    let tries = record.attributes.get("ApproximateReceiveCount").map_or("1", String::as_str);
    tracing::error!(message.id = id, message.tries = tries, %problem, "A message could not be processed.");
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

async fn work<F, W, T>(record: &SqsMessage, left: Duration, consume: &F) -> Result<T, Problem>
where
    F: Fn(Event) -> W,
    W: Future<Output = Result<T, Problem>>,
{
    let body = record.body.as_deref().unwrap_or_default();
    let event: Event =
        serde_json::from_str(body).map_err(|e| Problem::internal(format!("the message is no event: {e}")))?;
    let request = event.request_id.clone().unwrap_or_default();
    let span = tracing::info_span!("message", request.id = %request, event.id = %event.event_id, event.name = event.fact.name());
    Call::new(request, left).serve(consume(event)).instrument(span).await
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
        let left = event.context.deadline.saturating_sub(clock.now().millis().unsigned_abs());
        let work = handle(event.payload, Duration::from_millis(left));
        async move { Ok::<_, lambda_runtime::Error>(work.await) }
    };
    lambda_runtime::run(service_fn(one)).await
}

/// A batch as Lambda delivers it, for the local server's poller and for tests.
pub fn batch(messages: impl IntoIterator<Item = (String, String, u32)>) -> SqsEvent {
    let record = |(id, body, tries): (String, String, u32)| {
        let mut record = SqsMessage::default();
        record.message_id = Some(id);
        record.body = Some(body);
        record.attributes.insert("ApproximateReceiveCount".to_owned(), tries.to_string());
        record
    };
    let mut event = SqsEvent::default();
    event.records = messages.into_iter().map(record).collect();
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::events::{Fact, ProductFact};
    use domain::{EventId, ProductId, Timestamp};

    fn event(product: i32) -> String {
        let fact = Fact::Product(ProductFact { product_id: ProductId::new(product) });
        let event_id = EventId::new(Clock::system().new_uuid());
        serde_json::to_string(&Event { event_id, at: Timestamp::from_millis(0), request_id: None, fact }).unwrap()
    }

    /// Product 1 is refused, product 2 panics, everything else is taken.
    async fn consume(event: Event) -> Result<(), Problem> {
        match event.fact {
            Fact::Product(product) if product.product_id.get() == 1 => Err(Problem::internal("refused")),
            Fact::Product(product) if product.product_id.get() == 2 => panic!("planned"),
            _ => Ok(()),
        }
    }

    #[tokio::test]
    async fn exactly_the_bad_records_are_named_wherever_they_stand() {
        for bad in 0..=10 {
            let body = |place: usize| match place % 3 {
                _ if place >= bad => event(9),
                0 => event(1),
                1 => event(2),
                _ => "no event".to_owned(),
            };
            let mut messages: Vec<_> = (0..10).map(|place| (format!("m{place}"), body(place), 1)).collect();
            messages.rotate_left(bad);
            let answer = handle(batch(messages), UNBOUNDED, consume).await;
            let mut failed: Vec<_> = answer.batch_item_failures.into_iter().map(|f| f.item_identifier).collect();
            failed.sort();
            let mut expected: Vec<_> = (0..bad.min(10)).map(|place| format!("m{place}")).collect();
            expected.sort();
            assert_eq!(failed, expected);
        }
    }
}
