//! Every total, recounted from the events that were sent, however they were sent (invariant I8).

use std::collections::BTreeMap;
use std::time::Duration;

use analytics_worker::{App, handle};
use domain::analytics::{Dashboard, Days, build_dashboard};
use domain::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, OrderSummary, RefundIssued, ReviewChangeKind, ReviewChanged,
};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::{EventId, Money, OrderId, ProductId, ReviewId, Timestamp, UserId};
use futures::future::join_all;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use runtime::Clock;
use serde_json::json;
use store_mongo::Mongo;
use testkit::TestEnv;

struct EventHistory {
    rng: StdRng,
    clock: Clock,
    events: Vec<EventEnvelope>,
}

impl EventHistory {
    fn event(&mut self, at: Timestamp, payload: DomainEvent) {
        let event_id = EventId::new(self.clock.new_uuid());
        self.events.push(EventEnvelope { event_id, at, request_id: None, payload });
    }

    /// An order's events: confirmed, and some of them cancelled, shipped or refunded later.
    fn order(&mut self, n: i32, start: Timestamp) {
        let at = start.plus_seconds(self.rng.random_range(0..3 * 24 * 3600));
        let items: Vec<OrderEventLine> = (0..self.rng.random_range(1..4))
            .map(|_| {
                let product = self.rng.random_range(1..15);
                let (quantity, price_cents) = (self.rng.random_range(1..5), i64::from(product) * 333);
                OrderEventLine {
                    product_id: ProductId::new(product),
                    name: format!("P{product}"),
                    quantity,
                    price_cents,
                }
            })
            .collect();
        let total_cents = items.iter().map(|i| i.price_cents * i64::from(i.quantity)).sum();
        let (order_id, user_id) = (OrderId::new(n), UserId::new(self.rng.random_range(1..20)));
        // The version before sends none.
        let summary = self.rng.random_ratio(4, 5).then(|| self.summary(total_cents));
        let event = |status, was, refunded_cents| {
            let (was, items, summary) = (Some(was), items.clone(), summary.clone().map(Box::new));
            DomainEvent::OrderStatusChanged(OrderStatusChanged {
                order_id,
                user_id,
                status,
                was,
                total_cents,
                currency: domain::pricing::Currency::EUR,
                summary,
                refunded_cents,
                items,
                reason: None,
                fulfilment: None,
            })
        };
        match self.rng.random_range(0..6) {
            0 => self.event(at, event(OrderStatus::PaymentFailed, OrderStatus::Pending, 0)),
            1 => self.event(at, event(OrderStatus::Cancelled, OrderStatus::Pending, 0)),
            next => {
                self.event(at, event(OrderStatus::Confirmed, OrderStatus::Pending, 0));
                // Nothing, a part, or all of it is refunded, on that day or the next; then it is
                // cancelled, shipped, or left as it is.
                let mut left = total_cents;
                for _ in 0..self.rng.random_range(0..3) {
                    let amount_cents = [0, left / 3, left][self.rng.random_range(0..3)];
                    if amount_cents > 0 {
                        let later = at.plus_seconds(self.rng.random_range(1..30 * 3600));
                        let currency = domain::pricing::Currency::EUR;
                        let refund =
                            RefundIssued { order_id, user_id, amount_cents, currency, return_id: None, email: None };
                        self.event(later, DomainEvent::RefundIssued(refund));
                        left -= amount_cents;
                    }
                }
                let later = at.plus_seconds(36 * 3600);
                if next == 2 {
                    self.event(later, event(OrderStatus::Cancelled, OrderStatus::Confirmed, left));
                } else if next == 3 {
                    self.event(later, event(OrderStatus::Shipped, OrderStatus::Confirmed, 0));
                }
            }
        }
    }

    fn summary(&mut self, subtotal_cents: i64) -> OrderSummary {
        let [discount, shipping, tax] = [subtotal_cents, 900, 500].map(|most| self.rng.random_range(0..=most));
        let summary = json!({
            "subtotalCents": subtotal_cents, "discountCents": discount, "shippingCents": shipping,
            "shippingTaxCents": 0, "taxCents": tax, "taxIncluded": true
        });
        serde_json::from_value(summary).unwrap()
    }

    fn review(&mut self, start: Timestamp) {
        let at = start.plus_seconds(self.rng.random_range(0..2 * 24 * 3600));
        let (review_id, product_id) = (ReviewId::generate_at(at, self.clock.random()), ProductId::new(1));
        let user_id = UserId::new(self.rng.random_range(1..20));
        let rating: u8 = self.rng.random_range(1..6);
        let event = |change, rating, previous_rating| {
            let review_id = review_id.clone();
            DomainEvent::ReviewChanged(ReviewChanged {
                change,
                review_id,
                product_id,
                user_id,
                rating,
                previous_rating,
            })
        };
        self.event(at, event(ReviewChangeKind::Created, rating, None));
        let changed: u8 = self.rng.random_range(1..6);
        if changed > 2 {
            let later = at.plus_seconds(self.rng.random_range(1..24 * 3600));
            self.event(later, event(ReviewChangeKind::Updated, changed, Some(rating)));
            if changed == 5 {
                self.event(later.plus_seconds(60), event(ReviewChangeKind::Deleted, changed, None));
            }
        }
    }

    /// What the dashboard must show, computed from the events alone.
    fn recount(&self) -> Expected {
        let mut expected = Expected { total: self.events.len() as i64, ..Expected::default() };
        let mut reviews: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let mut ordered: Vec<&EventEnvelope> = self.events.iter().collect();
        ordered.sort_by_key(|event| event.at);
        for event in ordered {
            *expected.types.entry(event.payload.name().to_owned()).or_default() += 1;
            *expected.days.entry(event.at.day()).or_default() += 1;
            match &event.payload {
                DomainEvent::OrderStatusChanged(order) => {
                    *expected.users.entry(order.user_id.get()).or_default() += 1;
                    let sign = match (order.status, order.was) {
                        (OrderStatus::Confirmed, _) => 1,
                        (OrderStatus::Cancelled, Some(OrderStatus::Confirmed)) => -1,
                        _ => continue,
                    };
                    let (taken, back) = if sign > 0 { (order.total_cents, 0) } else { (0, order.refunded_cents) };
                    expected.add_sales(event.at.day(), sign, taken, back);
                    if let Some(summary) = &order.summary {
                        expected.add_amounts(event.at.day(), sign, summary);
                    }
                    for item in &order.items {
                        let product = expected.products.entry(item.product_id.get()).or_default();
                        product.0 += sign * i64::from(item.quantity);
                        product.1 += sign * i64::from(item.quantity) * item.price_cents;
                    }
                }
                DomainEvent::RefundIssued(refund) => {
                    *expected.users.entry(refund.user_id.get()).or_default() += 1;
                    expected.add_sales(event.at.day(), 0, 0, refund.amount_cents);
                }
                DomainEvent::ReviewChanged(review) => {
                    *expected.users.entry(review.user_id.get()).or_default() += 1;
                    let now =
                        if review.change == ReviewChangeKind::Deleted { (0, 0) } else { (1, i64::from(review.rating)) };
                    reviews.insert(review.review_id.to_string(), now);
                }
                other => panic!("{other:?}"),
            }
        }
        expected.reviews = reviews.values().fold((0, 0), |sum, review| (sum.0 + review.0, sum.1 + review.1));
        expected
    }
}

#[derive(Default)]
struct Expected {
    total: i64,
    types: BTreeMap<String, i64>,
    days: BTreeMap<String, i64>,
    /// Orders, gross and refunds.
    sales: BTreeMap<String, (i64, i64, i64)>,
    users: BTreeMap<i32, i64>,
    products: BTreeMap<i32, (i64, i64)>,
    orders: i64,
    gross: i64,
    refunds: i64,
    /// Discounts, shipping and tax, by day.
    amounts: BTreeMap<String, [i64; 3]>,
    reviews: (i64, i64),
}

impl Expected {
    fn add_sales(&mut self, day: String, orders: i64, gross: i64, refunds: i64) {
        self.orders += orders;
        self.gross += gross;
        self.refunds += refunds;
        let sales = self.sales.entry(day).or_default();
        *sales = (sales.0 + orders, sales.1 + gross, sales.2 + refunds);
    }

    fn add_amounts(&mut self, day: String, sign: i64, summary: &OrderSummary) {
        let added = [summary.discount_cents, summary.shipping_cents, summary.tax_cents];
        let sum = self.amounts.entry(day).or_default();
        sum.iter_mut().zip(added).for_each(|(sum, added)| *sum += sign * added);
    }

    fn check_amounts(&self, shown: &Dashboard) {
        let by_day = shown.sales_by_day.iter().map(|d| (d.day.clone(), [d.discounts, d.shipping, d.tax]));
        let by_day: BTreeMap<_, _> = by_day.filter(|(day, _)| self.amounts.contains_key(day)).collect();
        let expected: BTreeMap<_, _> =
            self.amounts.iter().map(|(day, sum)| (day.clone(), sum.map(Money::from_cents))).collect();
        assert_eq!(by_day, expected);
        for (place, shown) in [shown.discounts, shown.shipping, shown.tax].into_iter().enumerate() {
            assert_eq!(shown, expected.values().map(|sums| sums[place]).sum::<Money>());
            assert!(shown > Money::ZERO);
        }
    }

    fn check(&self, shown: &Dashboard) {
        self.check_amounts(shown);
        assert_eq!(shown.total_events, self.total);
        let types: BTreeMap<_, _> = shown.events_by_type.iter().map(|t| (t.kind.clone(), t.count)).collect();
        assert_eq!(types, self.types);
        let days: BTreeMap<_, _> =
            shown.events_by_day.iter().filter(|d| d.count > 0).map(|d| (d.day.clone(), d.count)).collect();
        assert_eq!(days, self.days);
        let sales = shown.sales_by_day.iter().map(|d| {
            assert_eq!(d.revenue.cents(), d.gross_revenue.cents() - d.refunds.cents());
            (d.day.clone(), (d.orders, d.gross_revenue.cents(), d.refunds.cents()))
        });
        let sales: BTreeMap<_, _> = sales.filter(|(day, _)| self.sales.contains_key(day)).collect();
        assert_eq!(sales, self.sales);
        assert!(self.refunds > 0, "something was refunded");
        let cents = Money::from_cents;
        assert_eq!((shown.orders, shown.revenue), (self.orders, cents(self.gross - self.refunds)));
        assert_eq!((shown.gross_revenue, shown.refunds), (cents(self.gross), cents(self.refunds)));
        let mut users: Vec<(i32, i64)> = self.users.iter().map(|(user, count)| (*user, *count)).collect();
        users.sort_by_key(|(user, count)| (-count, *user));
        users.truncate(10);
        assert_eq!(shown.top_users.iter().map(|u| (u.user_id.get(), u.count)).collect::<Vec<_>>(), users);
        let mut products: Vec<_> =
            self.products.iter().map(|(id, (quantity, cents))| (*id, *quantity, *cents)).collect();
        products.sort_by_key(|(id, _, cents)| (-cents, *id));
        products.truncate(10);
        let sold = |p: &domain::analytics::ProductSales| (p.product_id.get(), p.quantity, p.revenue.cents());
        assert_eq!(shown.top_products.iter().map(sold).collect::<Vec<_>>(), products);
        assert!(shown.top_products.iter().all(|p| p.name == format!("P{}", p.product_id)));
        let (count, stars) = self.reviews;
        assert_eq!(shown.reviews.count, count);
        assert!((shown.reviews.average - stars as f64 / count as f64).abs() <= 0.005_001, "{:?}", shown.reviews);
    }
}

#[tokio::test]
async fn the_dashboard_equals_a_recount_whatever_is_duplicated_shuffled_or_aggregated_twice() {
    let test_env = TestEnv::new().await;
    let seed = test_env.clock.random() as u64;
    let start = Timestamp::from_millis(1_767_225_600_000);
    let mut history =
        EventHistory { rng: StdRng::seed_from_u64(seed), clock: test_env.clock.clone(), events: Vec::new() };
    for n in 1..150 {
        history.order(n, start);
        history.review(start);
    }
    // 30 % twice, everything in any order, in batches of ten.
    let mut sent: Vec<EventEnvelope> = history.events.clone();
    sent.extend(history.events.iter().filter(|_| history.rng.random_ratio(3, 10)).cloned().collect::<Vec<_>>());
    sent.shuffle(&mut history.rng);
    let message = |(n, event): (usize, &EventEnvelope)| (format!("m{n}"), serde_json::to_string(event).unwrap(), 1);
    let batches: Vec<_> =
        sent.chunks(10).map(|batch| batch.iter().enumerate().map(message).collect::<Vec<_>>()).collect();

    // Three independent workers, each aggregating by itself.
    let workers: Vec<App> = (0..3).map(|_| App::from_env(&test_env.env(), &test_env.clock).unwrap()).collect();
    let work = async |(n, worker): (usize, &App)| {
        for batch in batches.iter().skip(n).step_by(3) {
            let response = handle(worker, worker::build_batch(batch.clone()), worker::DEFAULT_TIME_LIMIT).await;
            assert_eq!(response.batch_item_failures.len(), 0, "seed {seed}");
        }
    };
    join_all(workers.iter().enumerate().map(work)).await;

    let mongo = Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), &test_env.clock);
    assert!(store_mongo::aggregate_pending(&mongo, Duration::from_secs(10)).await.unwrap().finished);
    let week: Days = serde_json::from_str("7").unwrap();
    let period = week.period_until(start.plus_seconds(6 * 24 * 3600));
    let shown = build_dashboard(period.clone(), store_mongo::rollups::load_totals(&mongo, &period).await.unwrap());
    history.recount().check(&shown);
    // And each user's own total.
    for (user, count) in history.recount().users {
        assert_eq!(store_mongo::events::count_of_user(&mongo, UserId::new(user)).await.unwrap(), count, "seed {seed}");
    }
}
