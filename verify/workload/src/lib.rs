//! Load for a running shop: a mixed workload that records what the shop has acknowledged (`mix`), a
//! check that it still does (`verify`), and the cost of a request (`bench`). For developers and
//! tests; never deployed. Knows the shop only by its HTTP contract.

mod admin;
mod balancer;
mod baseline;
pub mod bench;
mod console;
mod duration;
pub mod growth_events;
mod history_writer;
mod process_usage;
mod server;
pub mod simulation;
pub mod verify;

pub use admin::{Credentials, sign_up};
