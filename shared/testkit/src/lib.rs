//! What tests stand on: a set of databases, queues and keys of their own, on the real stores
//! that `local stores` started, and a client for each role that enters through a router.
//!
//! A dev-dependency only. Names no function: tests of every function use it.

mod bed;
mod client;
mod databases;
mod forge;
pub mod forgeries;
mod goods;
mod logs;
mod poison;

pub use bed::{Bed, Person, RAISED_LIMITS};
pub use client::{Client, Reply};
pub use forge::Forge;
pub use logs::Logs;
pub use poison::{RECORDS, poisons, subsets};
