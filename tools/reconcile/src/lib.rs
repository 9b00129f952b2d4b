//! Holds all stores against each other: does the shop keep what it promises?
//!
//! Reads and never writes.

pub mod history;

pub use history::{Acknowledged, History};
