//! What does not grow with the number of events, and what is cut because it would.

use std::time::Duration;

use analytics_worker::{App, handle};
use domain::events::{Event, Fact, OrderFact};
use domain::orders::{LineFact, Status};
use domain::{EventId, OrderId, ProductId, UserId};
use mongo::Mongo;
use testkit::Bed;

const BUDGET: Duration = Duration::from_secs(30);

fn order(bed: &Bed, lines: i32) -> String {
    let line = |n| LineFact { product_id: ProductId::new(n), name: format!("P{n}"), quantity: 1, price_cents: 100 };
    let fact = OrderFact {
        order_id: OrderId::new(1),
        user_id: UserId::new(1),
        status: Status::Confirmed,
        was: Some(Status::Pending),
        total_cents: i64::from(lines) * 100,
        refunded_cents: 0,
        items: (1..=lines).map(line).collect(),
        reason: None,
    };
    let event_id = EventId::new(bed.clock.new_uuid());
    let event = Event { event_id, at: bed.clock.now(), request_id: None, fact: Fact::Order(fact) };
    serde_json::to_string(&event).unwrap()
}

async fn send(bed: &Bed, orders: usize, lines: i32) {
    let app = App::read(&bed.vars(), &bed.clock).unwrap();
    let messages: Vec<_> = (0..orders).map(|n| (format!("m{n}"), order(bed, lines), 1)).collect();
    assert_eq!(handle(&app, worker::batch(messages), worker::UNBOUNDED).await.batch_item_failures.len(), 0);
}

fn store(bed: &Bed) -> Mongo {
    Mongo::new(mongo::Config::read(&bed.vars()).unwrap(), &bed.clock)
}

#[tokio::test]
async fn the_figures_take_the_same_room_however_many_events_there_are() {
    let bed = Bed::new().await;
    send(&bed, 5, 2).await;
    let mongo = store(&bed);
    assert!(mongo::fold(&mongo, BUDGET).await.unwrap().finished);
    let few = mongo::rollups::all(&mongo).await.unwrap();
    send(&bed, 1200, 2).await;
    assert!(mongo::fold(&mongo, BUDGET).await.unwrap().finished);
    let many = mongo::rollups::all(&mongo).await.unwrap();
    assert_eq!(few.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
    assert_eq!(many["total/1"]["count"], 1205);
}

#[tokio::test]
async fn orders_of_many_lines_are_folded_in_parts() {
    let bed = Bed::new().await;
    send(&bed, 45, 50).await;
    let mongo = store(&bed);
    assert!(mongo::fold(&mongo, BUDGET).await.unwrap().finished);
    let figures = mongo::rollups::all(&mongo).await.unwrap();
    let day = bed.clock.now().day();
    assert_eq!(figures[&format!("day/{day}")]["revenueCents"], 45 * 50 * 100);
    assert_eq!(figures[&format!("product/{day}/50")]["quantity"], 45);
}
