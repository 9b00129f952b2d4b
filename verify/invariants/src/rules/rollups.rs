//! I8 for events: every event is counted once, so all rollups equal a recount of the events that
//! are marked as counted, and the dashboard is built from them.

use std::collections::{BTreeMap, BTreeSet};

use domain::analytics::{
    Dashboard, DashboardTotals, DayTotals, EventTypeCount, FUNNEL, Period, ProductSales, RollupDelta, UserEventCount,
};
use domain::{Money, ProductId};
use store_mongo::rollups::{OTHER_TYPES, TOP_ROWS, TOP_TYPES};

use crate::report::{Invariant, Violation};

/// Rollups as they were read before and after the events, and the recounted events.
pub(crate) struct RollupComparison<'a> {
    pub(crate) before: &'a RollupDelta,
    pub(crate) after: &'a RollupDelta,
    pub(crate) recount: &'a RollupDelta,
}

/// The result of a comparison.
#[derive(Default)]
pub(crate) struct ComparisonOutcome {
    pub(crate) violations: Vec<Violation>,
    /// The number of compared values.
    pub(crate) compared: usize,
    /// Values that changed in between: skipped.
    pub(crate) skipped: usize,
}

impl RollupComparison<'_> {
    pub(crate) fn check(&self) -> ComparisonOutcome {
        let mut outcome = ComparisonOutcome::default();
        let recounted = group_other_types(&self.recount.types, &self.after.types);
        outcome.compare(|day| format!("day {day}"), [&self.before.days, &self.after.days, &self.recount.days]);
        outcome
            .compare(|(day, kind)| format!("{kind} of day {day}"), [&self.before.types, &self.after.types, &recounted]);
        outcome.compare(
            |(day, user)| format!("user {user} of day {day}"),
            [&self.before.users, &self.after.users, &self.recount.users],
        );
        outcome.compare(
            |user| format!("user {user}"),
            [&self.before.user_totals, &self.after.user_totals, &self.recount.user_totals],
        );
        let [before, after, recount] = [self.before, self.after, self.recount].map(sales_by_product);
        outcome.compare(|(day, product)| format!("product {product} of day {day}"), [&before, &after, &recount]);
        outcome
    }
}

impl ComparisonOutcome {
    /// `of` are the values before, those after, and the recount.
    fn compare<K: Ord, V: RollupValue>(&mut self, name: impl Fn(&K) -> String, of: [&BTreeMap<K, V>; 3]) {
        let keys: BTreeSet<&K> = of[1].keys().chain(of[2].keys()).collect();
        for key in keys {
            let [was, is, counted] = of.map(|of| of.get(key).copied().unwrap_or_default());
            self.compared += 1;
            if was != is {
                self.skipped += 1;
            } else if is != counted {
                let problem = "has totals that differ from a recount of its events";
                let finding =
                    Violation::new(Invariant::Analytics, name(key), problem, counted.describe(), is.describe());
                self.violations.push(finding);
            }
        }
    }
}

/// The value of a rollup document.
trait RollupValue: Copy + Default + PartialEq {
    fn describe(&self) -> String;
}

impl RollupValue for i64 {
    fn describe(&self) -> String {
        self.to_string()
    }
}

impl RollupValue for (i64, i64) {
    fn describe(&self) -> String {
        format!("{} units for {}", self.0, Money::from_cents(self.1))
    }
}

impl RollupValue for DayTotals {
    fn describe(&self) -> String {
        let (revenue, refunds) = (Money::from_cents(self.revenue_cents), Money::from_cents(self.refunds_cents));
        let steps: Vec<String> =
            FUNNEL.iter().zip(self.funnel_steps).map(|((step, _), count)| format!("{step} {count}")).collect();
        let (events, orders, reviews, stars) = (self.events, self.orders, self.reviews, self.rating_sum);
        let [discounts, shipping, tax] =
            [self.amounts.discounts_cents, self.amounts.shipping_cents, self.amounts.tax_cents].map(Money::from_cents);
        format!(
            "{events} events, {orders} orders for {revenue} net of {refunds} with discounts {discounts}, shipping \
             {shipping} and tax {tax}, {reviews} reviews with {stars} stars, {}",
            steps.join(", ")
        )
    }
}

fn sales_by_product(tally: &RollupDelta) -> BTreeMap<(String, ProductId), (i64, i64)> {
    tally.products.iter().map(|(key, sold)| (key.clone(), (sold.quantity, sold.revenue_cents))).collect()
}

type TypeCounts = BTreeMap<(String, String), i64>;

/// A day lists a limited number of event types: types that a day with others does not list are
/// counted together there.
fn group_other_types(recount: &TypeCounts, stored: &TypeCounts) -> TypeCounts {
    let mut types = TypeCounts::new();
    for ((day, kind), count) in recount {
        let named = (day.clone(), kind.clone());
        let other = (day.clone(), OTHER_TYPES.to_owned());
        let key = if !stored.contains_key(&named) && stored.contains_key(&other) { other } else { named };
        *types.entry(key).or_default() += count;
    }
    types
}

/// The stored totals of a period, from a delta.
pub(crate) fn totals_for_period(tally: &RollupDelta, period: &Period) -> DashboardTotals {
    let (from, to) = (period.from.day(), period.to.day());
    let within = |day: &str| (from.as_str()..=to.as_str()).contains(&day);
    let mut types: BTreeMap<&str, i64> = BTreeMap::new();
    for ((_, kind), count) in tally.types.iter().filter(|((day, _), _)| within(day)) {
        *types.entry(kind).or_default() += count;
    }
    let mut users = BTreeMap::new();
    for ((_, user), count) in tally.users.iter().filter(|((day, _), _)| within(day)) {
        *users.entry(*user).or_insert(0) += count;
    }
    let mut products: BTreeMap<ProductId, (i64, i64)> = BTreeMap::new();
    for ((_, product), sold) in tally.products.iter().filter(|((day, _), _)| within(day)) {
        let sum = products.entry(*product).or_default();
        *sum = (sum.0 + sold.quantity, sum.1 + sold.revenue_cents);
    }
    DashboardTotals {
        days: tally.days.iter().filter(|(day, _)| within(day)).map(|(day, figures)| (day.clone(), *figures)).collect(),
        types: top(types, TOP_TYPES, |count| *count, |kind, count| EventTypeCount { kind: kind.to_owned(), count }),
        users: top(users, TOP_ROWS, |count| *count, |user_id, count| UserEventCount { user_id, count }),
        products: top(
            products,
            TOP_ROWS,
            |(_, cents)| *cents,
            |product_id, (quantity, cents)| {
                let (name, revenue) = (String::new(), Money::from_cents(cents));
                ProductSales { product_id, name, quantity, revenue }
            },
        ),
    }
}

/// The largest of them; of equal ones the smaller key first.
fn top<K: Ord, V, T>(all: BTreeMap<K, V>, most: usize, by: impl Fn(&V) -> i64, row: impl Fn(K, V) -> T) -> Vec<T> {
    let mut sorted: Vec<(K, V)> = all.into_iter().collect();
    sorted.sort_by_key(|(_, value)| -by(value));
    sorted.truncate(most);
    sorted.into_iter().map(|(key, value)| row(key, value)).collect()
}

/// The lists of a day are derived from its rollups.
pub(crate) fn wrong_lists(day: &str) -> Violation {
    let problem = "differ from the rollups that they are made of";
    Violation::new(Invariant::Analytics, format!("the lists of day {day}"), problem, "the same sums", "other sums")
}

/// Compares a dashboard with one that was built from the recount. Products' names are left out:
/// they depend on which sale was counted last.
pub(crate) fn check_dashboard(mut shown: Dashboard, mut recount: Dashboard) -> Option<Violation> {
    for sales in shown.top_products.iter_mut().chain(&mut recount.top_products) {
        sales.name.clear();
    }
    let [expected, found] = [&recount, &shown].map(|dashboard| serde_json::to_value(dashboard).unwrap_or_default());
    let differs = |name: &&String| expected[name.as_str()] != found[name.as_str()];
    let names: Vec<&String> =
        expected.as_object().into_iter().flatten().map(|(name, _)| name).filter(differs).collect();
    let name = names.first()?;
    let about = format!("the dashboard of {} days", recount.events_by_day.len());
    let problem = format!("shows another {name} than a recount");
    Some(Violation::new(Invariant::Analytics, about, problem, &expected[name.as_str()], &found[name.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::analytics::{EventEffect, PendingEvent, ProductSalesDelta};
    use domain::{Timestamp, UserId};

    fn tally(kinds: &[&str]) -> RollupDelta {
        let mut tally = RollupDelta::default();
        for kind in kinds {
            let timestamp = Timestamp::from_millis(1_769_860_800_000);
            let product_id = ProductId::new(7);
            let sold = vec![ProductSalesDelta { product_id, name: "Lamp".to_owned(), quantity: 1, revenue_cents: 250 }];
            let effect =
                (*kind == "order.confirmed").then(|| EventEffect { orders: 1, sold, ..EventEffect::default() });
            tally.add(PendingEvent {
                user_id: Some(UserId::new(3)),
                event_type: (*kind).to_owned(),
                timestamp,
                effect,
            });
        }
        tally
    }

    fn compare_tallies(before: &RollupDelta, after: &RollupDelta, recount: &RollupDelta) -> (Vec<String>, usize) {
        let outcome = RollupComparison { before, after, recount }.check();
        (outcome.violations.into_iter().map(|finding| finding.about).collect(), outcome.skipped)
    }

    #[test]
    fn a_rollup_that_differs_from_the_recount_is_reported() {
        let right = tally(&["product.view", "order.confirmed"]);
        assert_eq!(compare_tallies(&right, &right, &right), (vec![], 0));
        let mut twice = right.clone();
        twice.days.get_mut("2026-01-31").unwrap().events += 1;
        assert_eq!(compare_tallies(&twice, &twice, &right).0, ["day 2026-01-31"]);
        let more = tally(&["product.view", "order.confirmed", "order.confirmed"]);
        let all = ["day 2026-01-31", "order.confirmed of day 2026-01-31", "user 3 of day 2026-01-31", "user 3"];
        assert_eq!(compare_tallies(&more, &more, &right).0[..4], all);
        assert_eq!(compare_tallies(&more, &more, &right).0[4], "product 7 of day 2026-01-31");
        assert_eq!(compare_tallies(&RollupDelta::default(), &RollupDelta::default(), &right).0.len(), 6);
        // Counted while the events were read.
        assert_eq!(compare_tallies(&right, &more, &right), (vec![], 5));
    }

    #[test]
    fn event_types_beyond_the_limit_are_grouped_as_other() {
        let recount = tally(&["a", "b", "c", "c"]);
        let mut stored = tally(&["a"]);
        stored.days.clone_from(&recount.days);
        stored.users.clone_from(&recount.users);
        stored.user_totals.clone_from(&recount.user_totals);
        stored.types.insert(("2026-01-31".to_owned(), OTHER_TYPES.to_owned()), 3);
        assert_eq!(compare_tallies(&stored, &stored, &recount), (vec![], 0));
        stored.types.insert(("2026-01-31".to_owned(), OTHER_TYPES.to_owned()), 4);
        assert_eq!(compare_tallies(&stored, &stored, &recount).0, ["(other) of day 2026-01-31"]);
    }

    #[test]
    fn a_dashboard_is_made_of_the_rollups() {
        let week: domain::analytics::Days = serde_json::from_str("7").unwrap();
        let period = week.period_until(Timestamp::from_millis(1_769_900_000_000));
        let made =
            |tally: &RollupDelta| domain::analytics::build_dashboard(period.clone(), totals_for_period(tally, &period));
        let (right, more) = (tally(&["a", "order.confirmed"]), tally(&["a", "order.confirmed", "a"]));
        assert_eq!(check_dashboard(made(&right), made(&right)), None);
        let finding = check_dashboard(made(&more), made(&right)).unwrap();
        assert!(finding.problem.starts_with("shows another eventsBy"), "{}", finding.problem);
    }
}
