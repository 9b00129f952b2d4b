//! Load for a running shop: a mixed workload that records what the shop has acknowledged (`mix`), a
//! check that it still does (`verify`), the cost of a request (`bench`), and how costs grow with what is
//! stored (`growth`). For developers and tests; never deployed. Knows the shop only by its HTTP
//! contract, except `growth`, which fills stores and reads them through their crates.

mod admin;
mod balancer;
mod baseline;
pub mod bench;
mod console;
mod duration;
pub mod growth;
pub mod growth_events;
mod history_writer;
mod process_usage;
mod server;
pub mod simulation;
pub mod verify;

pub use admin::{Credentials, sign_up};
