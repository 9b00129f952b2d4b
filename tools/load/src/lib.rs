//! Load for a running shop: a mixed one that notes what the shop has promised (`mix`), a check
//! that it keeps to that (`verify`), and what a request costs (`bench`). For people and for tests;
//! never deployed. Knows the shop by its HTTP contract alone.

mod admin;
pub mod bench;
mod cost;
mod floor;
pub mod mix;
mod record;
mod say;
mod server;
mod shop;
mod time;
pub mod verify;

pub use admin::{Credentials, sign_up};
