//! `/api/users/me/addresses`: the caller's address book.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod replace;

use domain::addresses::AddressBook;
use domain::{Problem, UserId};
use store_postgres::{Conn, addresses};

use crate::App;

impl App {
    /// Opens a transaction that alone may change the user's address book.
    async fn begin_change_of_addresses(&self, user: UserId) -> Result<(Conn, AddressBook), Problem> {
        let mut db = self.db.begin().await?;
        let book = addresses::lock_book(&mut db, user).await?;
        Ok((db, book.ok_or_else(|| Problem::not_found("user"))?))
    }
}
