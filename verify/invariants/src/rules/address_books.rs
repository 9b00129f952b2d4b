//! I16: an account with addresses has exactly one default, and at most as many as it may have.

use domain::addresses::MAX_ADDRESSES;
use store_postgres::reconcile::AddressBookRecord;

use crate::report::{Invariant, Violation};

pub(crate) fn check_address_book(book: &AddressBookRecord) -> Vec<Violation> {
    let about = format!("user {}", book.user);
    let wrong = |problem: &str, expected: String, found: i64| {
        Violation::new(Invariant::AddressBooks, about.clone(), problem, expected, found)
    };
    let mut violations = Vec::new();
    if book.defaults != 1 {
        violations.push(wrong("does not have one default address", "1".to_owned(), book.defaults));
    }
    if usize::try_from(book.addresses).is_ok_and(|addresses| addresses > MAX_ADDRESSES) {
        violations.push(wrong("has too many addresses", format!("at most {MAX_ADDRESSES}"), book.addresses));
    }
    violations
}

#[cfg(test)]
mod tests {
    use domain::UserId;

    use super::*;

    #[test]
    fn a_book_without_one_default_or_above_the_limit_is_found() {
        let found = |addresses, defaults| {
            check_address_book(&AddressBookRecord { user: UserId::new(7), addresses, defaults }).len()
        };
        assert_eq!([found(1, 1), found(20, 1)], [0, 0]);
        assert_eq!([found(3, 0), found(3, 2), found(21, 1), found(21, 0)], [1, 1, 1, 2]);
    }
}
