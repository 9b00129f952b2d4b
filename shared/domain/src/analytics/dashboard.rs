//! Builds the dashboard from the totals of its days.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::{
    DailyEventCount, DailySales, Dashboard, EventTypeCount, FUNNEL, FunnelStep, OrderAmounts, Period, ProductSales,
    ReviewMetrics, UserEventCount,
};
use crate::whole_number::deserialize_whole_number;
use crate::{Money, Timestamp, reviews};

const SECONDS_PER_DAY: i64 = 24 * 3600;

/// How many days a dashboard covers, today included: 1 to 365, default 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 365, default = 7)]
pub struct Days(u16);

impl Days {
    /// The maximum: a year, so that a response has a bounded size.
    pub const MAX: u16 = 365;

    pub const fn get(self) -> u16 {
        self.0
    }

    /// The period that ends at `now`.
    pub fn period_until(self, now: Timestamp) -> Period {
        let midnight = now.seconds() - now.seconds().rem_euclid(SECONDS_PER_DAY);
        let from = midnight - i64::from(self.0 - 1) * SECONDS_PER_DAY;
        Period { from: Timestamp::from_millis(from * 1000), to: now }
    }
}

impl Default for Days {
    fn default() -> Self {
        Self(7)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let days = u16::try_from(deserialize_whole_number(from)?).ok().filter(|days| (1..=Self::MAX).contains(days));
        days.map(Self).ok_or_else(|| de::Error::custom(format!("must be a whole number from 1 to {}", Self::MAX)))
    }
}

impl Period {
    /// Its days, oldest first.
    pub fn days(&self) -> impl Iterator<Item = String> {
        let last = self.to.seconds();
        let midnights = std::iter::successors(Some(self.from), |day| Some(day.plus_seconds(SECONDS_PER_DAY)));
        midnights.take_while(move |day| day.seconds() <= last).map(Timestamp::day)
    }
}

/// The totals of a day, or what events add to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTotals {
    pub events: i64,
    /// Confirmed orders minus cancelled ones.
    pub orders: i64,
    /// Captured minus refunded, in cents.
    pub revenue_cents: i64,
    /// Refunded, in cents: net plus this is the gross revenue.
    pub refunds_cents: i64,
    /// What the totals of these orders contain. Days before this was counted have nothing.
    pub amounts: OrderAmounts,
    /// Reviews written on that day.
    pub reviews: i64,
    /// The sum of their ratings.
    pub rating_sum: i64,
    /// Counts for each step of [`FUNNEL`].
    pub funnel_steps: [i64; FUNNEL.len()],
}

/// The stored totals of a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DashboardTotals {
    /// By day; days without events are missing.
    pub days: BTreeMap<String, DayTotals>,
    /// Ordered by count, most frequent first.
    pub types: Vec<EventTypeCount>,
    /// Ordered by events, most active first.
    pub users: Vec<UserEventCount>,
    /// Ordered by units, best sellers first.
    pub products: Vec<ProductSales>,
}

/// Builds the dashboard of `period`.
pub fn build_dashboard(period: Period, figures: DashboardTotals) -> Dashboard {
    let sum = |figure: fn(&DayTotals) -> i64| figures.days.values().map(figure).sum::<i64>();
    let (orders, revenue) = (sum(|day| day.orders), sum(|day| day.revenue_cents));
    let refunds = sum(|day| day.refunds_cents);
    let (count, stars) = (sum(|day| day.reviews), sum(|day| day.rating_sum));
    let step = |(place, (step, _)): (usize, &(&str, &str))| {
        let count = figures.days.values().map(|day| day.funnel_steps[place]).sum();
        FunnelStep { step: (*step).to_owned(), count }
    };
    let by_day = |day: String| {
        let count = figures.days.get(&day).map_or(0, |figures| figures.events);
        DailyEventCount { day, count }
    };
    let sold_on = |day: String| {
        let figures = figures.days.get(&day).copied().unwrap_or_default();
        DailySales {
            day,
            orders: figures.orders,
            revenue: Money::from_cents(figures.revenue_cents),
            gross_revenue: Money::from_cents(figures.revenue_cents + figures.refunds_cents),
            refunds: Money::from_cents(figures.refunds_cents),
            discounts: Money::from_cents(figures.amounts.discounts_cents),
            shipping: Money::from_cents(figures.amounts.shipping_cents),
            tax: Money::from_cents(figures.amounts.tax_cents),
        }
    };
    Dashboard {
        total_events: sum(|day| day.events),
        events_by_day: period.days().map(by_day).collect(),
        sales_by_day: period.days().map(sold_on).collect(),
        funnel: FUNNEL.iter().enumerate().map(step).collect(),
        revenue: Money::from_cents(revenue),
        gross_revenue: Money::from_cents(revenue + refunds),
        refunds: Money::from_cents(refunds),
        discounts: Money::from_cents(sum(|day| day.amounts.discounts_cents)),
        shipping: Money::from_cents(sum(|day| day.amounts.shipping_cents)),
        tax: Money::from_cents(sum(|day| day.amounts.tax_cents)),
        orders,
        average_order_value: Money::from_cents(rounded_average(revenue, orders)),
        reviews: ReviewMetrics { count, average: reviews::average_rating(stars, count) },
        events_by_type: figures.types,
        top_users: figures.users,
        top_products: figures.products,
        generated_at: period.to,
        period,
    }
}

/// Rounded to the cent, halves away from zero; 0 without orders.
fn rounded_average(revenue: i64, orders: i64) -> i64 {
    if orders <= 0 { 0 } else { (2 * revenue + revenue.signum() * orders) / (2 * orders) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_as_many_days_as_were_asked_for() {
        // 2026-03-01T00:00:00.000Z and the last millisecond of that day.
        for now in [1_772_323_200_000, 1_772_409_599_999] {
            for days in [1, 7, 365] {
                let period = Days(days).period_until(Timestamp::from_millis(now));
                let named: Vec<String> = period.days().collect();
                assert_eq!(named.len(), usize::from(days));
                assert_eq!(named.last().unwrap(), "2026-03-01");
            }
        }
        let week: Vec<String> = Days(7).period_until(Timestamp::from_millis(1_772_323_200_000)).days().collect();
        assert_eq!(week[0], "2026-02-23");
    }

    #[test]
    fn an_average_order_is_rounded_to_the_cent() {
        for (revenue, orders, expected) in
            [(1000, 3, 333), (2000, 3, 667), (5, 2, 3), (0, 0, 0), (-100, 0, 0), (-5, 2, -3)]
        {
            assert_eq!(rounded_average(revenue, orders), expected, "{revenue}/{orders}");
        }
    }
}
