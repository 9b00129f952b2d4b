//! Poison among good messages, in any places: exactly the poison comes back, and everybody is told.

mod support;

use domain::events::{Event, Fact};
use domain::orders::Status;
use domain::{EventId, Timestamp};
use notification_worker::App;
use support::{deliver, event, fact, reader, refund, told};
use testkit::{Bed, RECORDS, poisons, subsets};

#[tokio::test]
async fn exactly_the_poison_comes_back() {
    let bed = Bed::new().await;
    let seed = bed.clock.random() as u64;
    let app = App::read(&bed.vars(), &bed.clock).unwrap();
    let (reader, poisons) = (reader(&bed), poisons());
    let mut used = poisons.iter().cycle();
    for (round, subset) in subsets(seed, 25).into_iter().enumerate() {
        let ada = bed.customer().await;
        let good = |place: usize| event(&bed, 1, fact(&ada, (round * RECORDS + place) as i32 + 1, Status::Confirmed));
        let body = |place: usize| if subset[place] { used.next().unwrap().clone() } else { good(place) };
        let bodies: Vec<String> = (0..RECORDS).map(body).collect();
        let expected: Vec<String> =
            (0..RECORDS).filter(|place| subset[*place]).map(|place| place.to_string()).collect();
        let messages = bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1));
        assert_eq!(deliver(&app, messages).await, expected, "seed {seed}, round {round}");
        assert_eq!(told(&reader, &ada).await.len(), RECORDS - expected.len(), "seed {seed}, round {round}");
    }
}

/// Events that can be read and that no shop would write: whatever they come to, nothing panics
/// and their neighbours are told.
#[tokio::test]
async fn the_strangest_facts_hold_nobody_up() {
    let bed = Bed::new().await;
    let app = App::read(&bed.vars(), &bed.clock).unwrap();
    let ada = bed.customer().await;
    let strange = |at: i64, fact: Fact| {
        let event_id = EventId::new(bed.clock.new_uuid());
        serde_json::to_string(&Event { event_id, at: Timestamp::from_millis(at), request_id: None, fact }).unwrap()
    };
    let mut long = fact(&ada, 6, Status::Confirmed);
    if let Fact::Order(order) = &mut long {
        (order.total_cents, order.reason) = (i64::MIN, Some("x".repeat(100_000)));
    }
    let bodies = [
        strange(-62_135_596_800_000, fact(&ada, 1, Status::Confirmed)),
        strange(253_402_300_799_999, fact(&ada, 2, Status::Confirmed)),
        strange(0, refund(&ada, 3, i64::MIN)),
        strange(0, refund(&ada, 4, i64::MAX)),
        event(&bed, 1, long),
    ];
    let mut messages: Vec<_> =
        bodies.into_iter().enumerate().map(|(n, body)| (format!("strange{n}"), body, 1)).collect();
    messages.push(("good".to_owned(), event(&bed, 1, fact(&ada, 7, Status::Confirmed)), 1));
    assert_eq!(deliver(&app, messages).await, [""; 0]);
    let told = told(&reader(&bed), &ada).await;
    assert!(told.iter().any(|one| one["orderId"] == 7), "{told:?}");
}
