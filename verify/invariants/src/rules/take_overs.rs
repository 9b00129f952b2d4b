//! I21: no order stays with a guest whom an account has claimed.

use store_postgres::reconcile::{ClaimRecord, OrderRecord};

use super::labels::order_label;
use crate::check_context::CheckContext;
use crate::report::{Invariant, Violation};

/// Recovery moves an order within a minute, once nothing of it is under way.
const MOVED_WITHIN_SECONDS: i64 = 15 * 60;

/// Checks an order at rest of a guest with this claim.
pub(crate) fn check_order(placed: &OrderRecord, claim: &ClaimRecord, moment: &CheckContext) -> Option<Violation> {
    let since = claim.claimed_at.max(placed.updated_at);
    moment.is_overdue(since, MOVED_WITHIN_SECONDS).then(|| {
        let (expected, found) = (format!("user {}", claim.account), format!("guest {}", claim.guest));
        let problem = "still belongs to a guest whom an account has claimed";
        Violation::new(Invariant::TakeOvers, order_label(placed.id), problem, expected, found)
    })
}

#[cfg(test)]
mod tests {
    use domain::UserId;

    use super::super::fixtures::{confirmed_order, context_at, placed_plus};
    use super::*;

    #[test]
    fn an_order_moves_within_a_quarter_of_an_hour() {
        let placed = confirmed_order(1, 1000);
        let claim = ClaimRecord { guest: placed.user, account: UserId::new(9), claimed_at: placed_plus(100) };
        let found = |age, settled| check_order(&placed, &claim, &context_at(age, settled)).is_some();
        assert_eq!([found(1000, false), found(1001, false), found(200, true)], [false, true, true]);
    }
}
