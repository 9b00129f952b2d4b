//! Poison among good messages, in any places: exactly the poison comes back, and every product
//! shows its newest stock.

use catalog_worker::{App, handle};
use domain::events::{Event, Fact, RatingFact, StockFact};
use domain::{EventId, ProductId, Timestamp};
use testkit::{Bed, RECORDS, poisons, subsets};
use worker::UNBOUNDED;

fn event(bed: &Bed, fact: Fact) -> String {
    let (event_id, at) = (EventId::new(bed.clock.new_uuid()), Timestamp::from_millis(0));
    serde_json::to_string(&Event { event_id, at, request_id: None, fact }).unwrap()
}

async fn failed(app: &App, bodies: Vec<String>) -> Vec<usize> {
    let messages = bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1));
    let answer = handle(app, worker::batch(messages), UNBOUNDED).await;
    let mut failed: Vec<usize> =
        answer.batch_item_failures.iter().map(|one| one.item_identifier.parse().unwrap()).collect();
    failed.sort_unstable();
    failed
}

async fn stocks(bed: &Bed) -> Vec<i32> {
    let mut db = bed.database("PRODUCTDB_URL").acquire().await.unwrap();
    sqlx::query_scalar("select stock from products order by id").fetch_all(&mut *db).await.unwrap()
}

#[tokio::test]
async fn exactly_the_poison_comes_back() {
    let bed = Bed::new().await;
    let seed = bed.clock.random() as u64;
    let app = App::read(&bed.vars(), &bed.clock).unwrap();
    let mut products = Vec::new();
    for _ in 0..RECORDS {
        products.push(bed.product(1000, 0).await);
    }
    let poisons = poisons();
    let (mut used, mut expected) = (poisons.iter().cycle(), vec![0; RECORDS]);
    for (round, subset) in subsets(seed, 40).into_iter().enumerate() {
        let version = round as i32 + 1;
        let good = |place: usize| {
            let fact = StockFact { product_id: products[place], available: version, version: version.into() };
            event(&bed, Fact::Stock(fact))
        };
        let body = |place: usize| if subset[place] { used.next().unwrap().clone() } else { good(place) };
        let bodies: Vec<String> = (0..RECORDS).map(body).collect();
        let poison: Vec<usize> = (0..RECORDS).filter(|place| subset[*place]).collect();
        assert_eq!(failed(&app, bodies).await, poison, "seed {seed}, round {round}");
        for place in (0..RECORDS).filter(|place| !subset[*place]) {
            expected[place] = version;
        }
        assert_eq!(stocks(&bed).await, expected, "seed {seed}, round {round}");
    }
}

/// Events that can be read and that cannot be true: they fail alone.
#[tokio::test]
async fn the_strangest_facts_hold_nobody_up() {
    let bed = Bed::new().await;
    let app = App::read(&bed.vars(), &bed.clock).unwrap();
    let tea = bed.product(1000, 0).await;
    let rating = |count, sum, version| Fact::Rating(RatingFact { product_id: tea, count, sum, version });
    let gone = StockFact { product_id: ProductId::new(i32::MAX), available: i32::MIN, version: i64::MIN };
    let good = StockFact { product_id: tea, available: 7, version: 1 };
    let facts = [rating(1, i64::MAX, 2), rating(i64::MIN, i64::MIN, 1), Fact::Stock(gone), Fact::Stock(good)];
    let bodies = facts.into_iter().map(|fact| event(&bed, fact)).collect();
    assert_eq!(failed(&app, bodies).await, [0], "a mean that no column can hold");
    assert_eq!(stocks(&bed).await, [7]);
}
