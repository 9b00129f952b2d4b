//! Aggregates events into deltas that are added to the rollups.

use std::collections::BTreeMap;

use super::{DayTotals, EventEffect, FUNNEL, ProductSalesDelta};
use crate::{ProductId, Timestamp, UserId};

/// The fields of an event that counting needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingEvent {
    pub user_id: Option<UserId>,
    pub event_type: String,
    pub timestamp: Timestamp,
    /// What it adds to the totals; only the shop's own events have an effect.
    pub effect: Option<EventEffect>,
}

/// What a number of events add to the rollups of the days on which they occurred (`2026-01-31`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollupDelta {
    pub days: BTreeMap<String, DayTotals>,
    /// Counts by day and event type.
    pub types: BTreeMap<(String, String), i64>,
    /// Counts by day and user.
    pub users: BTreeMap<(String, UserId), i64>,
    pub user_totals: BTreeMap<UserId, i64>,
    /// Sales by day and product.
    pub products: BTreeMap<(String, ProductId), ProductSalesDelta>,
}

impl RollupDelta {
    pub fn add(&mut self, event: PendingEvent) {
        let day = event.timestamp.day();
        let figures = self.days.entry(day.clone()).or_default();
        figures.events += 1;
        for (step, (_, kind)) in figures.funnel_steps.iter_mut().zip(FUNNEL) {
            // Only the shop's own events mark a purchase: no client can add one.
            let taken = kind != PURCHASE && kind == event.event_type;
            *step += i64::from(taken);
        }
        *self.types.entry((day.clone(), event.event_type)).or_default() += 1;
        if let Some(user) = event.user_id {
            *self.users.entry((day.clone(), user)).or_default() += 1;
            *self.user_totals.entry(user).or_default() += 1;
        }
        if let Some(effect) = event.effect {
            self.apply_effect(day, effect);
        }
    }

    fn apply_effect(&mut self, day: String, effect: EventEffect) {
        let day = effect.day.unwrap_or(day);
        let figures = self.days.entry(day.clone()).or_default();
        figures.orders += effect.orders;
        figures.revenue_cents += effect.revenue_cents;
        figures.refunds_cents += effect.refunds_cents;
        figures.amounts += effect.amounts.unwrap_or_default();
        figures.reviews += effect.reviews;
        figures.rating_sum += effect.stars;
        for (step, (_, kind)) in figures.funnel_steps.iter_mut().zip(FUNNEL) {
            *step += if kind == PURCHASE { effect.purchases } else { 0 };
        }
        for sold in effect.sold {
            let key = (day.clone(), sold.product_id);
            let nothing = ProductSalesDelta { quantity: 0, revenue_cents: 0, ..sold.clone() };
            let sales = self.products.entry(key).or_insert(nothing);
            sales.quantity += sold.quantity;
            sales.revenue_cents += sold.revenue_cents;
            sales.name = sold.name;
        }
    }
}

/// The funnel step that only the shop's own events mark.
const PURCHASE: &str = "order.confirmed";

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event_type: &str, user: Option<i32>, effect: Option<EventEffect>) -> PendingEvent {
        let timestamp = Timestamp::from_millis(1_769_860_800_000);
        PendingEvent { user_id: user.map(UserId::new), event_type: event_type.to_owned(), timestamp, effect }
    }

    #[test]
    fn every_event_is_counted_by_day_type_and_user() {
        let mut tally = RollupDelta::default();
        for kind in ["product.view", "product.view", "basket.add", "anything"] {
            tally.add(event(kind, (kind != "anything").then_some(7), None));
        }
        let day = "2026-01-31".to_owned();
        assert_eq!(tally.days[&day].events, 4);
        assert_eq!(tally.days[&day].funnel_steps, [2, 1, 0, 0]);
        assert_eq!(tally.types[&(day.clone(), "product.view".to_owned())], 2);
        assert_eq!((tally.users[&(day, UserId::new(7))], tally.user_totals[&UserId::new(7)]), (3, 3));
    }

    #[test]
    fn an_invented_order_moves_no_money_and_no_purchase() {
        let mut tally = RollupDelta::default();
        tally.add(event("order.confirmed", Some(1), None));
        let invented = tally.days["2026-01-31"];
        assert_eq!(
            (invented.events, invented.orders, invented.revenue_cents, invented.funnel_steps),
            (1, 0, 0, [0; 4])
        );
        let effect = EventEffect { orders: 1, purchases: 1, revenue_cents: 500, ..EventEffect::default() };
        tally.add(event("order.confirmed", Some(1), Some(effect)));
        let real = tally.days["2026-01-31"];
        assert_eq!((real.events, real.orders, real.revenue_cents, real.funnel_steps), (2, 1, 500, [0, 0, 0, 1]));
    }
}
