//! Load for a running shop: a mixed one that notes what the shop has promised (`mix`), a check
//! that it keeps to that (`verify`), and what a request costs (`bench`). For people and for tests;
//! never deployed. Knows the shop by its HTTP contract alone.

mod admin;
mod balancer;
mod baseline;
pub mod bench;
mod console;
mod duration;
mod history_writer;
mod process_usage;
mod server;
pub mod simulation;
pub mod verify;

pub use admin::{Credentials, sign_up};
