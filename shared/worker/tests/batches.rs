//! Partial failures: exactly the bad records are named, however many there are, wherever they are,
//! and whatever is wrong with them.

use std::collections::HashSet;
use std::sync::{Mutex, Once};

use domain::events::{DomainEvent, EventEnvelope, ProductChanged};
use domain::{EventId, Problem, ProductId, Timestamp};
use proptest::prelude::*;
use worker::DEFAULT_TIME_LIMIT;
use worker::sqs::{SqsBatchResponse, SqsEvent};

const RECORDS: usize = 10;
/// A product that the consumers here reject, and one at which they panic.
const FAILS: i32 = 1;
const PANICS: i32 = 2;

fn event(product: i32, id: u128) -> String {
    let payload = DomainEvent::ProductChanged(ProductChanged { product_id: ProductId::new(product) });
    let event_id = EventId::new(uuid::Uuid::from_u128(id));
    serde_json::to_string(&EventEnvelope { event_id, at: Timestamp::from_millis(0), request_id: None, payload })
        .unwrap()
}

/// What is wrong with the bad record at a position: each kind appears everywhere in turn.
fn poison(place: usize) -> String {
    match place % 5 {
        0 => event(FAILS, place as u128),
        1 => event(PANICS, place as u128),
        2 => String::new(),
        3 => "no event".to_owned(),
        _ => event(FAILS, place as u128).replace("product.changed", "product.unheard_of"),
    }
}

fn batch(bodies: impl IntoIterator<Item = String>) -> SqsEvent {
    worker::build_batch(bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1)))
}

fn failed(response: SqsBatchResponse) -> Vec<usize> {
    let mut places: Vec<usize> =
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.parse().unwrap()).collect();
    places.sort_unstable();
    places
}

/// The panics here are intended: their messages would fill the screen.
fn silence_planned_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&"planned") {
                loud(info);
            }
        }));
    });
}

/// A consumer, and the events it has received.
#[derive(Default)]
struct Consumer {
    consumed: Mutex<HashSet<EventId>>,
}

impl Consumer {
    fn consume(&self, event: &EventEnvelope) -> Result<(), Problem> {
        let DomainEvent::ProductChanged(product) = event.payload else { return Ok(()) };
        match product.product_id.get() {
            FAILS => Err(Problem::internal("refused")),
            PANICS => panic!("planned"),
            _ => {
                self.consumed.lock().unwrap().insert(event.event_id);
                Ok(())
            }
        }
    }

    async fn consume_one(&self, event: EventEnvelope) -> Result<(), Problem> {
        tokio::task::yield_now().await;
        self.consume(&event)
    }

    async fn consume_all(&self, events: Vec<EventEnvelope>) -> Result<Vec<Result<(), Problem>>, Problem> {
        Ok(events.iter().map(|event| self.consume(event)).collect())
    }
}

/// All 1,024 subsets of ten records that may be bad, for each way to consume.
#[tokio::test]
async fn exactly_the_poison_is_named_in_every_subset() {
    silence_planned_panics();
    for subset in 0..1_u32 << RECORDS {
        let is_poison = |place: &usize| subset >> place & 1 == 1;
        let expected: Vec<usize> = (0..RECORDS).filter(is_poison).collect();
        let body = |place| if is_poison(&place) { poison(place) } else { event(9, place as u128) };
        let bodies: Vec<String> = (0..RECORDS).map(body).collect();
        for way in 0..3 {
            let (consumer, batch) = (Consumer::default(), batch(bodies.clone()));
            let response = match way {
                0 => worker::process(batch, DEFAULT_TIME_LIMIT, |event| consumer.consume_one(event)).await,
                1 => {
                    worker::process_then_finalize(
                        batch,
                        DEFAULT_TIME_LIMIT,
                        |event| consumer.consume_one(event),
                        async |_| Ok(()),
                    )
                    .await
                }
                _ => worker::process_batch(batch, DEFAULT_TIME_LIMIT, |events| consumer.consume_all(events)).await,
            };
            assert_eq!(failed(response), expected, "subset {subset:010b}, way {way}");
            let taken = consumer.consumed.into_inner().unwrap().len();
            assert_eq!(taken, RECORDS - expected.len(), "subset {subset:010b}, way {way}");
        }
    }
}

#[tokio::test]
async fn a_failed_finalizer_fails_the_records_it_was_called_for() {
    silence_planned_panics();
    for panics in [false, true] {
        let consumer = Consumer::default();
        let bodies = vec![event(9, 1), event(FAILS, 2), event(9, 3)];
        let settle = async |taken: Vec<()>| {
            assert_eq!(taken.len(), 2);
            if panics { panic!("planned") } else { Err(Problem::unavailable("away")) }
        };
        let response = worker::process_then_finalize(
            batch(bodies),
            DEFAULT_TIME_LIMIT,
            |event| consumer.consume_one(event),
            settle,
        )
        .await;
        assert_eq!(failed(response), [0, 1, 2]);
    }
}

#[tokio::test]
async fn an_unreachable_store_is_not_called_for_each_record() {
    let asked = Mutex::new(0);
    let consume = async |_| {
        *asked.lock().unwrap() += 1;
        Err(Problem::unavailable("away"))
    };
    let bodies = (0..RECORDS).map(|place| event(9, place as u128));
    assert_eq!(failed(worker::process_batch(batch(bodies), DEFAULT_TIME_LIMIT, consume).await).len(), RECORDS);
    assert_eq!(*asked.lock().unwrap(), 1);
}

/// Two records with one event id, as a duplicate of a damaged one may have, are processed
/// independently.
#[tokio::test]
async fn records_with_one_event_id_fail_independently() {
    let consumer = Consumer::default();
    let response = worker::process_batch(batch([event(9, 1), event(FAILS, 1)]), DEFAULT_TIME_LIMIT, |events| {
        consumer.consume_all(events)
    });
    assert_eq!(failed(response.await), [1]);
}

#[tokio::test]
async fn no_records_no_bodies_and_bodies_of_the_largest_size() {
    let consumer = Consumer::default();
    let one = |event| consumer.consume_one(event);
    assert_eq!(failed(worker::process(batch([]), DEFAULT_TIME_LIMIT, one).await), [0; 0]);
    let untouched = async |_| panic!("there is nothing to consume");
    assert_eq!(failed(worker::process_batch(batch([]), DEFAULT_TIME_LIMIT, untouched).await), [0; 0]);

    const LARGEST: usize = 256 * 1024;
    let padded = |event: String| format!("{event}{}", " ".repeat(LARGEST - event.len()));
    let text = format!("\"{}\"", "a".repeat(LARGEST - 2));
    let deep = "[".repeat(LARGEST);
    let mut event = batch([padded(event(9, 1)), text, deep, padded(String::new()), self::event(9, 2)]);
    event.records.push(Default::default());
    event.records[5].message_id = Some("5".to_owned());
    assert_eq!(failed(worker::process(event, DEFAULT_TIME_LIMIT, one).await), [1, 2, 3, 5]);
    assert_eq!(consumer.consumed.lock().unwrap().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Arbitrary texts among events: those that are no events are named, and nothing else.
    #[test]
    fn any_bodies(texts in prop::collection::vec(prop::option::of(any::<String>()), 0..=RECORDS)) {
        let expected: Vec<usize> = (0..texts.len()).filter(|place| texts[*place].is_some()).collect();
        let body = |(place, text): (usize, Option<String>)| text.unwrap_or_else(|| event(9, place as u128));
        let batch = batch(texts.into_iter().enumerate().map(body));
        let consumer = Consumer::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let response = runtime.block_on(worker::process(batch, DEFAULT_TIME_LIMIT, |event| consumer.consume_one(event)));
        prop_assert_eq!(failed(response), expected);
    }
}
