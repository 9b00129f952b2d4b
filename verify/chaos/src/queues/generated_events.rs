//! The events of a run, from the seed alone.

use std::collections::BTreeMap;

use domain::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, Queue, RatingChanged, RefundIssued, ReviewChangeKind,
    ReviewChanged, StockChanged,
};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::{EventId, OrderId, ProductId, ReviewId, Timestamp, UserId};
use rand::Rng;
use rand::rngs::StdRng;
use testkit::poison_messages;

/// Orders of one customer, so that a customer's notifications fit into a few pages.
const ORDERS_PER_CUSTOMER: i32 = 20;
/// How far back the events go, in seconds.
const SPAN_SECONDS: i64 = 5 * 24 * 3600;

/// Everything that is published.
#[derive(Debug, Default)]
pub(super) struct GeneratedEvents {
    pub(super) events: Vec<EventEnvelope>,
    /// Bodies that no consumer can process, by their queue.
    pub(super) poison: Vec<(Queue, String)>,
}

/// Generates events up to this number of messages, and this much poison.
pub(super) fn generate(
    rng: &mut StdRng,
    now: Timestamp,
    products: &[ProductId],
    good: usize,
    poison: usize,
) -> GeneratedEvents {
    let mut world = Generator {
        rng,
        start: now.plus_seconds(-SPAN_SECONDS),
        products,
        generated: GeneratedEvents::default(),
        versions: BTreeMap::new(),
        orders: 0,
    };
    let mut messages = 0;
    while messages < good {
        let before = world.generated.events.len();
        match world.rng.random_range(0..100) {
            0..25 => world.add_order(),
            25..35 => world.add_review(),
            _ => world.add_stock(),
        }
        messages += world.generated.events[before..].iter().map(|event| event.payload.queues().len()).sum::<usize>();
    }
    for _ in 0..poison {
        world.add_poison();
    }
    world.generated
}

struct Generator<'a> {
    rng: &'a mut StdRng,
    start: Timestamp,
    products: &'a [ProductId],
    generated: GeneratedEvents,
    /// The newest version of each product's stock, and of its rating.
    versions: BTreeMap<i32, (i64, i64)>,
    orders: i32,
}

impl Generator<'_> {
    fn push_event(&mut self, at: Timestamp, event: DomainEvent) {
        // From the seed, so that a run can be repeated.
        let event_id = EventId::new(uuid::Builder::from_random_bytes(self.rng.random()).into_uuid());
        self.generated.events.push(EventEnvelope { event_id, at, request_id: None, payload: event });
    }

    fn random_time(&mut self) -> Timestamp {
        self.start.plus_seconds(self.rng.random_range(0..SPAN_SECONDS))
    }

    fn random_product(&mut self) -> ProductId {
        self.products[self.rng.random_range(0..self.products.len())]
    }

    fn add_order(&mut self) {
        self.orders += 1;
        let (order_id, user_id) = (OrderId::new(self.orders), UserId::new(1 + self.orders / ORDERS_PER_CUSTOMER));
        let items: Vec<OrderEventLine> = (0..self.rng.random_range(1..4))
            .map(|_| {
                let (product_id, quantity) = (self.random_product(), self.rng.random_range(1..4));
                let price_cents = i64::from(product_id.get()) * 100 + 99;
                OrderEventLine { product_id, name: format!("Product {product_id}"), quantity, price_cents }
            })
            .collect();
        let total_cents: i64 = items.iter().map(|line| line.price_cents * i64::from(line.quantity)).sum();
        let mut left = total_cents;
        let at = self.random_time();
        let mut was = OrderStatus::Pending;
        use OrderStatus::{Cancelled, Confirmed, Delivered, PaymentFailed, Shipped};
        let story: &[OrderStatus] = match self.rng.random_range(0..4) {
            0 => &[Confirmed, Shipped, Delivered],
            1 => &[Confirmed, Cancelled],
            2 => &[PaymentFailed, Confirmed],
            _ => &[PaymentFailed, Cancelled],
        };
        for status in story {
            let (items, status) = (items.clone(), *status);
            // A part of it may have been refunded before.
            let part = if was == Confirmed { self.rng.random_range(0..=left) } else { 0 };
            if part > 0 {
                self.push_event(
                    at,
                    DomainEvent::RefundIssued(RefundIssued {
                        order_id,
                        user_id,
                        amount_cents: part,
                        currency: domain::pricing::Currency::EUR,
                        return_id: None,
                        email: None,
                    }),
                );
                left -= part;
            }
            let refunded_cents = if (status, was) == (Cancelled, Confirmed) { left } else { 0 };
            let (was_then, reason) = (Some(was), None);
            let event = OrderStatusChanged {
                order_id,
                user_id,
                status,
                was: was_then,
                total_cents,
                currency: domain::pricing::Currency::EUR,
                summary: None,
                refunded_cents,
                items,
                reason,
                fulfilment: None,
            };
            self.push_event(at, DomainEvent::OrderStatusChanged(event));
            was = status;
        }
    }

    fn add_review(&mut self) {
        let (at, product_id) = (self.random_time(), self.random_product());
        let review_id = ReviewId::generate_at(at, self.rng.random());
        let user_id = UserId::new(self.rng.random_range(1..=50));
        let first = self.rng.random_range(1..=5);
        let mut changes = vec![(ReviewChangeKind::Created, first, None)];
        let mut rating = first;
        if self.rng.random_bool(0.5) {
            rating = self.rng.random_range(1..=5);
            changes.push((ReviewChangeKind::Updated, rating, Some(first)));
        }
        if self.rng.random_bool(0.2) {
            changes.push((ReviewChangeKind::Deleted, rating, None));
        }
        for (change, rating, previous_rating) in changes {
            let review_id = review_id.clone();
            self.push_event(
                at,
                DomainEvent::ReviewChanged(ReviewChanged {
                    change,
                    review_id,
                    product_id,
                    user_id,
                    rating,
                    previous_rating,
                }),
            );
            let versions = self.versions.entry(product_id.get()).or_default();
            versions.1 += 1;
            let version = versions.1;
            let (count, sum) = (version, version * 4);
            self.push_event(at, DomainEvent::RatingChanged(RatingChanged { product_id, count, sum, version }));
        }
    }

    fn add_stock(&mut self) {
        let (at, product_id) = (self.random_time(), self.random_product());
        let versions = self.versions.entry(product_id.get()).or_default();
        versions.0 += 1;
        let version = versions.0;
        let available = self.rng.random_range(0..1000);
        self.push_event(at, DomainEvent::StockChanged(StockChanged { product_id, available, version }));
    }

    fn add_poison(&mut self) {
        let queue = Queue::ALL[self.rng.random_range(0..Queue::ALL.len())];
        // SQS itself rejects empty bodies and characters that XML does not allow.
        let sendable = |body: &String| !body.is_empty() && !body.contains('\u{0}');
        let bodies: Vec<String> = poison_messages().into_iter().filter(sendable).collect();
        let place = self.rng.random_range(0..=bodies.len());
        let body = bodies.into_iter().nth(place).unwrap_or_else(|| self.invalid_event(queue));
        self.generated.poison.push((queue, body));
    }

    /// Bodies that can be decoded but are impossible; each consumer rejects another one.
    fn invalid_event(&mut self, queue: Queue) -> String {
        let (at, product_id, user_id) = (self.random_time(), self.random_product(), UserId::new(1));
        let event = match queue {
            Queue::Catalog => {
                DomainEvent::RatingChanged(RatingChanged { product_id, count: 1, sum: i64::MAX, version: i64::MAX })
            }
            Queue::Analytics | Queue::Notification => {
                let review_id = ReviewId::generate_at(at, self.rng.random());
                let (change, previous_rating) = (ReviewChangeKind::Created, None);
                DomainEvent::ReviewChanged(ReviewChanged {
                    change,
                    review_id,
                    product_id,
                    user_id,
                    rating: 9,
                    previous_rating,
                })
            }
        };
        let event_id = EventId::new(uuid::Builder::from_random_bytes(self.rng.random()).into_uuid());
        let body = serde_json::to_string(&EventEnvelope { event_id, at, request_id: None, payload: event })
            .unwrap_or_default();
        // The notification worker acknowledges whatever notifies nobody: for it, the type is
        // unknown.
        if queue == Queue::Notification { body.replace("review.changed", "review.unheard_of") } else { body }
    }
}
