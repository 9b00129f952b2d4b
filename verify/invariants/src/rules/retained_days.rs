//! Which rollups a recount can check: raw events are purged 90 days after they were counted, the
//! rollups that contain them stay.

use std::collections::BTreeMap;

use domain::UserId;
use domain::analytics::{Days, Period, RollupDelta};

/// This many days, today included, are certainly complete: two fewer than an event is kept.
pub(crate) const COMPLETE_DAYS: u16 = store_mongo::events::RETENTION_DAYS as u16 - 2;
const _: () = assert!(COMPLETE_DAYS <= Days::MAX, "a dashboard shows them all");

/// The rollups of the days of `period`.
pub(crate) fn retain_period(tally: &RollupDelta, period: &Period) -> RollupDelta {
    let from = period.from.day();
    let mut kept = tally.clone();
    kept.days.retain(|day, _| *day >= from);
    kept.types.retain(|(day, _), _| *day >= from);
    kept.users.retain(|(day, _), _| *day >= from);
    kept.products.retain(|(day, _), _| *day >= from);
    kept
}

/// The expected totals of users: purged events cannot be counted again, but every one of them is in
/// the rollups of its day, which stay.
pub(crate) fn user_totals(stored: &RollupDelta) -> BTreeMap<UserId, i64> {
    let mut totals = BTreeMap::new();
    for ((_, user), count) in &stored.users {
        *totals.entry(*user).or_default() += count;
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::analytics::PendingEvent;

    #[test]
    fn days_whose_events_expired_are_left_out_and_totals_are_the_sums_of_all_days() {
        let now = Timestamp::from_millis(1_769_900_000_000);
        let days: Days = serde_json::from_value(COMPLETE_DAYS.into()).unwrap();
        let mut stored = RollupDelta::default();
        for age in [0, i64::from(COMPLETE_DAYS) - 1, i64::from(COMPLETE_DAYS), 400] {
            let timestamp = now.plus_seconds(-age * 24 * 3600);
            let (user_id, event_type) = (Some(UserId::new(3)), "product.view".to_owned());
            stored.add(PendingEvent { user_id, event_type, timestamp, effect: None });
        }
        let kept = retain_period(&stored, &days.period_until(now));
        assert_eq!((kept.days.len(), kept.types.len(), kept.users.len(), kept.user_totals.len()), (2, 2, 2, 1));
        assert_eq!(user_totals(&stored), BTreeMap::from([(UserId::new(3), 4)]));
    }
}
