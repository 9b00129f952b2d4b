//! Holds all stores of a shop against each other: does it keep what it promises (I1 to I15)?
//!
//! A library for tests, which judge a shop that has come to rest exactly, and for an operator's
//! command, which may run on a living one. Reads pages of one moment where a store can keep it,
//! and never writes: its connections to Postgres are read only. What is under way is left out
//! and counted, see `check_context`.
//!
//! `check` reads the stores, `rules` says what must be: plain data in, violations out.

mod acknowledgements;
mod check;
mod check_context;
mod check_state;
pub mod command;
pub mod history;
mod options;
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
