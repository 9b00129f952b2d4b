//! I16: every address book has one default, and is not larger than it may be.

use store_postgres::reconcile;

use crate::report::{Invariant, InvariantReport};
use crate::rules::address_books::check_address_book;
use crate::stores::{StoreError, Stores, store_error};

/// How many are read at once.
const BATCH_SIZE: i64 = 1000;

pub(crate) async fn check(stores: &Stores, report: &mut InvariantReport) -> Result<(), StoreError> {
    let mut db = stores.userdb.acquire().await.map_err(store_error("userdb"))?;
    let mut after = None;
    loop {
        // A book is read by one statement, so it is as it was at one moment.
        let books = reconcile::list_address_books(&mut db, after, BATCH_SIZE).await.map_err(store_error("userdb"))?;
        let Some(last) = books.last() else { return Ok(()) };
        after = Some(last.user);
        report.add_count(Invariant::AddressBooks, "address books", books.len());
        for book in &books {
            report.add_violations(Invariant::AddressBooks, check_address_book(book));
        }
    }
}
