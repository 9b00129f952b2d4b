//! MongoDB: the only place where its driver is named. One module per collection or purpose; the
//! caller owns the transaction.
//!
//! Documents are built only from typed values: nothing that a client sent is ever a filter, an
//! update or a field name outside of an event's metadata. Decides nothing: the rules are in
//! `domain`.

mod connection;
mod convert;
mod error;
mod json;
mod keyset;
pub mod migrate;
pub mod reconcile;
mod timeout;
mod transaction;
mod transaction_gate;

mod aggregation;
mod aggregation_batch;
pub mod day_lists;
pub mod events;
mod list_rows;
pub mod outbox;
mod packing;
pub mod reviews;
mod rollup_writes;
pub mod rollups;

pub use aggregation::{AggregationProgress, aggregate_for_reader, aggregate_pending};
pub use connection::{Config, Mongo};
pub use error::{Error, Result};
pub use packing::pack_days;
pub use transaction::{Transaction, TransactionError, TransactionRetry};
