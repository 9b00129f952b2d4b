//! MongoDB: the only place where its driver is named. One module per collection or purpose; the
//! caller owns the transaction.
//!
//! Documents are built from typed values alone: nothing that a client sent is ever a filter, an
//! update or a field name outside of an event's metadata. Decides nothing: the rules are in
//! `domain`.

pub mod audit;
mod connection;
mod error;
mod json;
mod keyset;
pub mod migrate;
mod transaction;

pub mod events;
mod fold;
pub mod outbox;
pub mod reviews;
pub mod rollups;

pub use connection::{Config, Mongo};
pub use error::{Error, Result};
pub use fold::{Folded, fold};
pub use transaction::{Abort, Transaction, Tries};
