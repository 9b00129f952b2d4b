//! Compares all stores of a shop with each other: does it keep its invariants (I1 to I21)?
//!
//! A library for tests, which check an idle shop exactly, and for an operator's command, which may
//! run on a running one. Reads pages of one moment if a store can provide that, and never writes:
//! its connections to Postgres are read only. Work in progress is skipped and counted, see
//! `check_context`.
//!
//! `check` reads the stores, `rules` decides: plain data in, violations out.

mod acknowledgements;
mod address_books;
mod check;
mod check_context;
mod check_state;
pub mod command;
pub mod history;
mod options;
mod order_returns;
mod orders;
mod outboxes;
mod products;
mod recounts;
mod report;
mod report_text;
mod retention;
mod rules;
mod sessions;
mod stores;

pub use check::{check, check_live};
pub use history::{Acknowledged, History};
pub use options::CheckOptions;
pub use report::{Invariant, InvariantReport, InvariantSection, Violation};
pub use stores::{StoreError, Stores};
