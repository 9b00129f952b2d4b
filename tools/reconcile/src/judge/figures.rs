//! I8, the half of it that is about events: every event is counted once, so all figures are a
//! recount of the events that are marked as counted, and the dashboard is made of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::analytics::{Dashboard, DayFigures, FUNNEL, Figures, Period, ProductSales, Tally, TypeCount, UserCount};
use domain::{Money, ProductId};
use mongo::rollups::{OTHER, TOP, TOP_TYPES};

use crate::report::{Finding, Invariant};

/// Figures as they were read before and after the events, and the events counted again.
pub(crate) struct Compared<'a> {
    pub(crate) before: &'a Tally,
    pub(crate) after: &'a Tally,
    pub(crate) recount: &'a Tally,
}

/// What a comparison came to.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) findings: Vec<Finding>,
    /// Figures that were compared.
    pub(crate) figures: usize,
    /// Figures that events were added to meanwhile: left out.
    pub(crate) moved: usize,
}

impl Compared<'_> {
    /// Judges every figure.
    pub(crate) fn judge(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let recounted = with_other(&self.recount.types, &self.after.types);
        outcome.compare(|day| format!("day {day}"), [&self.before.days, &self.after.days, &self.recount.days]);
        outcome
            .compare(|(day, kind)| format!("{kind} of day {day}"), [&self.before.types, &self.after.types, &recounted]);
        outcome.compare(
            |(day, user)| format!("user {user} of day {day}"),
            [&self.before.users, &self.after.users, &self.recount.users],
        );
        outcome.compare(|user| format!("user {user}"), [&self.before.totals, &self.after.totals, &self.recount.totals]);
        let [before, after, recount] = [self.before, self.after, self.recount].map(sales);
        outcome.compare(|(day, product)| format!("product {product} of day {day}"), [&before, &after, &recount]);
        outcome
    }
}

impl Outcome {
    /// `of` are the figures before, those after, and the recount.
    fn compare<K: Ord, V: Figure>(&mut self, name: impl Fn(&K) -> String, of: [&BTreeMap<K, V>; 3]) {
        let keys: BTreeSet<&K> = of[1].keys().chain(of[2].keys()).collect();
        for key in keys {
            let [was, is, counted] = of.map(|of| of.get(key).copied().unwrap_or_default());
            self.figures += 1;
            if was != is {
                self.moved += 1;
            } else if is != counted {
                let problem = "has figures that are no recount of its events";
                let finding = Finding::new(Invariant::Analytics, name(key), problem, counted.shown(), is.shown());
                self.findings.push(finding);
            }
        }
    }
}

/// What stands in a document of figures.
trait Figure: Copy + Default + PartialEq {
    fn shown(&self) -> String;
}

impl Figure for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Figure for (i64, i64) {
    fn shown(&self) -> String {
        format!("{} pieces for {}", self.0, Money::from_cents(self.1))
    }
}

impl Figure for DayFigures {
    fn shown(&self) -> String {
        let (revenue, refunds) = (Money::from_cents(self.revenue_cents), Money::from_cents(self.refunds_cents));
        let steps: Vec<String> =
            FUNNEL.iter().zip(self.steps).map(|((step, _), count)| format!("{step} {count}")).collect();
        let (events, orders, reviews, stars) = (self.events, self.orders, self.reviews, self.stars);
        format!(
            "{events} events, {orders} orders for {revenue} net of {refunds}, {reviews} reviews with {stars} stars, {}",
            steps.join(", ")
        )
    }
}

fn sales(tally: &Tally) -> BTreeMap<(String, ProductId), (i64, i64)> {
    tally.products.iter().map(|(key, sold)| (key.clone(), (sold.quantity, sold.revenue_cents))).collect()
}

type Types = BTreeMap<(String, String), i64>;

/// A day names so many event types and no more: those that are not named on a day that has
/// others are counted together there.
fn with_other(recount: &Types, stored: &Types) -> Types {
    let mut types = Types::new();
    for ((day, kind), count) in recount {
        let named = (day.clone(), kind.clone());
        let other = (day.clone(), OTHER.to_owned());
        let key = if !stored.contains_key(&named) && stored.contains_key(&other) { other } else { named };
        *types.entry(key).or_default() += count;
    }
    types
}

/// What is stored of a period, from a tally of figures.
pub(crate) fn figures(tally: &Tally, period: &Period) -> Figures {
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
    Figures {
        days: tally.days.iter().filter(|(day, _)| within(day)).map(|(day, figures)| (day.clone(), *figures)).collect(),
        types: top(types, TOP_TYPES, |count| *count, |kind, count| TypeCount { kind: kind.to_owned(), count }),
        users: top(users, TOP, |count| *count, |user_id, count| UserCount { user_id, count }),
        products: top(
            products,
            TOP,
            |(_, cents)| *cents,
            |product_id, (quantity, cents)| {
                let (name, revenue) = (String::new(), Money::from_cents(cents));
                ProductSales { product_id, name, quantity, revenue }
            },
        ),
    }
}

/// The largest of them; of equal ones the smaller key first.
fn top<K: Ord, V, T>(all: BTreeMap<K, V>, most: i64, by: impl Fn(&V) -> i64, row: impl Fn(K, V) -> T) -> Vec<T> {
    let mut sorted: Vec<(K, V)> = all.into_iter().collect();
    sorted.sort_by_key(|(_, value)| -by(value));
    sorted.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    sorted.into_iter().map(|(key, value)| row(key, value)).collect()
}

/// Judges a dashboard against one that was made of the recount. Products' names are left out:
/// they are those of whichever sale was counted last.
pub(crate) fn dashboard(mut shown: Dashboard, mut recount: Dashboard) -> Option<Finding> {
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
    Some(Finding::new(Invariant::Analytics, about, problem, &expected[name.as_str()], &found[name.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::analytics::{Effect, Sold, Uncounted};
    use domain::{Timestamp, UserId};

    fn tally(kinds: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for kind in kinds {
            let timestamp = Timestamp::from_millis(1_769_860_800_000);
            let product_id = ProductId::new(7);
            let sold = vec![Sold { product_id, name: "Lamp".to_owned(), quantity: 1, revenue_cents: 250 }];
            let effect = (*kind == "order.confirmed").then(|| Effect { orders: 1, sold, ..Effect::default() });
            tally.add(Uncounted { user_id: Some(UserId::new(3)), event_type: (*kind).to_owned(), timestamp, effect });
        }
        tally
    }

    fn judged(before: &Tally, after: &Tally, recount: &Tally) -> (Vec<String>, usize) {
        let outcome = Compared { before, after, recount }.judge();
        (outcome.findings.into_iter().map(|finding| finding.about).collect(), outcome.moved)
    }

    #[test]
    fn a_figure_that_is_no_recount_is_named() {
        let right = tally(&["product.view", "order.confirmed"]);
        assert_eq!(judged(&right, &right, &right), (vec![], 0));
        let mut twice = right.clone();
        twice.days.get_mut("2026-01-31").unwrap().events += 1;
        assert_eq!(judged(&twice, &twice, &right).0, ["day 2026-01-31"]);
        let more = tally(&["product.view", "order.confirmed", "order.confirmed"]);
        let all = ["day 2026-01-31", "order.confirmed of day 2026-01-31", "user 3 of day 2026-01-31", "user 3"];
        assert_eq!(judged(&more, &more, &right).0[..4], all);
        assert_eq!(judged(&more, &more, &right).0[4], "product 7 of day 2026-01-31");
        assert_eq!(judged(&Tally::default(), &Tally::default(), &right).0.len(), 6);
        // Counted while the events were read.
        assert_eq!(judged(&right, &more, &right), (vec![], 5));
    }

    #[test]
    fn types_that_a_day_does_not_name_are_counted_together() {
        let recount = tally(&["a", "b", "c", "c"]);
        let mut stored = tally(&["a"]);
        stored.days.clone_from(&recount.days);
        stored.users.clone_from(&recount.users);
        stored.totals.clone_from(&recount.totals);
        stored.types.insert(("2026-01-31".to_owned(), OTHER.to_owned()), 3);
        assert_eq!(judged(&stored, &stored, &recount), (vec![], 0));
        stored.types.insert(("2026-01-31".to_owned(), OTHER.to_owned()), 4);
        assert_eq!(judged(&stored, &stored, &recount).0, ["(other) of day 2026-01-31"]);
    }

    #[test]
    fn a_dashboard_is_made_of_the_figures() {
        let week: domain::analytics::Days = serde_json::from_str("7").unwrap();
        let period = week.until(Timestamp::from_millis(1_769_900_000_000));
        let made = |tally: &Tally| domain::analytics::dashboard(period.clone(), figures(tally, &period));
        let (right, more) = (tally(&["a", "order.confirmed"]), tally(&["a", "order.confirmed", "a"]));
        assert_eq!(dashboard(made(&right), made(&right)), None);
        let finding = dashboard(made(&more), made(&right)).unwrap();
        assert!(finding.problem.starts_with("shows another eventsBy"), "{}", finding.problem);
    }
}
