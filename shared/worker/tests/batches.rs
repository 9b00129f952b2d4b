//! Partial failures: exactly the bad records are named, however many there are, wherever they
//! stand, and whatever is wrong with them.

use std::collections::HashSet;
use std::sync::{Mutex, Once};

use domain::events::{Event, Fact, ProductFact};
use domain::{EventId, Problem, ProductId, Timestamp};
use proptest::prelude::*;
use worker::UNBOUNDED;
use worker::sqs::{SqsBatchResponse, SqsEvent};

const RECORDS: usize = 10;
/// A product that the consumers here refuse, and one at which they panic.
const REFUSED: i32 = 1;
const PANICS: i32 = 2;

fn event(product: i32, id: u128) -> String {
    let fact = Fact::Product(ProductFact { product_id: ProductId::new(product) });
    let event_id = EventId::new(uuid::Uuid::from_u128(id));
    serde_json::to_string(&Event { event_id, at: Timestamp::from_millis(0), request_id: None, fact }).unwrap()
}

/// What is wrong with the poison at a place: each kind stands everywhere in turn.
fn poison(place: usize) -> String {
    match place % 5 {
        0 => event(REFUSED, place as u128),
        1 => event(PANICS, place as u128),
        2 => String::new(),
        3 => "no event".to_owned(),
        _ => event(REFUSED, place as u128).replace("product.changed", "product.unheard_of"),
    }
}

fn batch(bodies: impl IntoIterator<Item = String>) -> SqsEvent {
    worker::batch(bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1)))
}

fn failed(answer: SqsBatchResponse) -> Vec<usize> {
    let mut places: Vec<usize> =
        answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier.parse().unwrap()).collect();
    places.sort_unstable();
    places
}

/// The panics here are planned: their messages would fill the screen.
fn quietly() {
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

/// A consumer, and what it has taken.
#[derive(Default)]
struct Consumer {
    taken: Mutex<HashSet<EventId>>,
}

impl Consumer {
    fn take(&self, event: &Event) -> Result<(), Problem> {
        let Fact::Product(product) = event.fact else { return Ok(()) };
        match product.product_id.get() {
            REFUSED => Err(Problem::internal("refused")),
            PANICS => panic!("planned"),
            _ => {
                self.taken.lock().unwrap().insert(event.event_id);
                Ok(())
            }
        }
    }

    async fn one(&self, event: Event) -> Result<(), Problem> {
        tokio::task::yield_now().await;
        self.take(&event)
    }

    async fn all(&self, events: Vec<Event>) -> Result<Vec<Result<(), Problem>>, Problem> {
        Ok(events.iter().map(|event| self.take(event)).collect())
    }
}

/// All 1,024 ways in which poison can stand among ten records, for each way to consume.
#[tokio::test]
async fn exactly_the_poison_is_named_in_every_subset() {
    quietly();
    for subset in 0..1_u32 << RECORDS {
        let is_poison = |place: &usize| subset >> place & 1 == 1;
        let expected: Vec<usize> = (0..RECORDS).filter(is_poison).collect();
        let body = |place| if is_poison(&place) { poison(place) } else { event(9, place as u128) };
        let bodies: Vec<String> = (0..RECORDS).map(body).collect();
        for way in 0..3 {
            let (consumer, batch) = (Consumer::default(), batch(bodies.clone()));
            let answer = match way {
                0 => worker::handle(batch, UNBOUNDED, |event| consumer.one(event)).await,
                1 => worker::handle_then(batch, UNBOUNDED, |event| consumer.one(event), async |_| Ok(())).await,
                _ => worker::handle_together(batch, UNBOUNDED, |events| consumer.all(events)).await,
            };
            assert_eq!(failed(answer), expected, "subset {subset:010b}, way {way}");
            let taken = consumer.taken.into_inner().unwrap().len();
            assert_eq!(taken, RECORDS - expected.len(), "subset {subset:010b}, way {way}");
        }
    }
}

#[tokio::test]
async fn what_is_done_for_the_batch_at_once_fails_those_that_it_was_done_for() {
    quietly();
    for panics in [false, true] {
        let consumer = Consumer::default();
        let bodies = vec![event(9, 1), event(REFUSED, 2), event(9, 3)];
        let settle = async |taken: Vec<()>| {
            assert_eq!(taken.len(), 2);
            if panics { panic!("planned") } else { Err(Problem::unavailable("away")) }
        };
        let answer = worker::handle_then(batch(bodies), UNBOUNDED, |event| consumer.one(event), settle).await;
        assert_eq!(failed(answer), [0, 1, 2]);
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_not_asked_for_each_record() {
    let asked = Mutex::new(0);
    let consume = async |_| {
        *asked.lock().unwrap() += 1;
        Err(Problem::unavailable("away"))
    };
    let bodies = (0..RECORDS).map(|place| event(9, place as u128));
    assert_eq!(failed(worker::handle_together(batch(bodies), UNBOUNDED, consume).await).len(), RECORDS);
    assert_eq!(*asked.lock().unwrap(), 1);
}

/// Two records with one event id, as a duplicate of a damaged one may have: each for itself.
#[tokio::test]
async fn records_are_told_apart_though_their_events_have_one_id() {
    let consumer = Consumer::default();
    let answer =
        worker::handle_together(batch([event(9, 1), event(REFUSED, 1)]), UNBOUNDED, |events| consumer.all(events));
    assert_eq!(failed(answer.await), [1]);
}

#[tokio::test]
async fn no_records_no_bodies_and_bodies_of_the_largest_size() {
    let consumer = Consumer::default();
    let one = |event| consumer.one(event);
    assert_eq!(failed(worker::handle(batch([]), UNBOUNDED, one).await), [0; 0]);
    let untouched = async |_| panic!("there is nothing to consume");
    assert_eq!(failed(worker::handle_together(batch([]), UNBOUNDED, untouched).await), [0; 0]);

    const LARGEST: usize = 256 * 1024;
    let padded = |event: String| format!("{event}{}", " ".repeat(LARGEST - event.len()));
    let text = format!("\"{}\"", "a".repeat(LARGEST - 2));
    let deep = "[".repeat(LARGEST);
    let mut event = batch([padded(event(9, 1)), text, deep, padded(String::new()), self::event(9, 2)]);
    event.records.push(Default::default());
    event.records[5].message_id = Some("5".to_owned());
    assert_eq!(failed(worker::handle(event, UNBOUNDED, one).await), [1, 2, 3, 5]);
    assert_eq!(consumer.taken.lock().unwrap().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Any texts among events: those that are no events are named, and nothing else.
    #[test]
    fn any_bodies(texts in prop::collection::vec(prop::option::of(any::<String>()), 0..=RECORDS)) {
        let expected: Vec<usize> = (0..texts.len()).filter(|place| texts[*place].is_some()).collect();
        let body = |(place, text): (usize, Option<String>)| text.unwrap_or_else(|| event(9, place as u128));
        let batch = batch(texts.into_iter().enumerate().map(body));
        let consumer = Consumer::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(worker::handle(batch, UNBOUNDED, |event| consumer.one(event)));
        prop_assert_eq!(failed(answer), expected);
    }
}
