//! I15: a session grants what its account's row allows, and nothing beyond.

use store_postgres::reconcile::AccountAccess;
use store_redis::Session;

use crate::report::{Invariant, Violation};

/// `session` is in the form in which a function would accept it.
pub(crate) fn check_session(session: &Session, row: Option<&AccountAccess>) -> Option<Violation> {
    let about = format!("user {}", session.user_id);
    let wrong = |problem: &str, expected: String, found: String| {
        Some(Violation::new(Invariant::Sessions, about.clone(), problem, expected, found))
    };
    let Some(row) = row else {
        return wrong("is signed in without an account", "no session".to_owned(), "a session".to_owned());
    };
    if row.disabled {
        return wrong("is signed in though the account is disabled", "no session".to_owned(), "a session".to_owned());
    }
    if session.epoch < row.epoch {
        let (expected, found) = (format!("of epoch {}", row.epoch), format!("of epoch {}", session.epoch));
        return wrong("is signed in by a session that was ended", expected, found);
    }
    if session.role != row.role {
        let (expected, found) = (row.role.as_str().to_owned(), session.role.as_str().to_owned());
        return wrong("is signed in with a role that is not theirs", expected, found);
    }
    None
}

#[cfg(test)]
mod tests {
    use domain::UserId;
    use domain::users::Role::{Admin, Customer};

    use super::*;

    #[test]
    fn a_session_that_allows_more_or_less_than_its_account_is_found() {
        let user = UserId::new(7);
        let session = |role, epoch| Session { user_id: user, role, name: "Ada".to_owned(), epoch, guest_email: None };
        let row = |role, epoch, disabled| Some(AccountAccess { user, role, epoch, disabled });
        let problem =
            |session: Session, row: Option<AccountAccess>| check_session(&session, row.as_ref()).map(|f| f.problem);
        assert_eq!(problem(session(Admin, 2), row(Admin, 2, false)), None);
        for (session, row) in [
            (session(Customer, 0), None),
            (session(Customer, 0), row(Customer, 0, true)),
            (session(Customer, 1), row(Customer, 2, false)),
            (session(Admin, 0), row(Customer, 0, false)),
            (session(Customer, 0), row(Admin, 0, false)),
        ] {
            assert!(problem(session.clone(), row).is_some(), "{session:?} {row:?}");
        }
    }
}
