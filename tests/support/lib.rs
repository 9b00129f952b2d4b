//! What no single function can see, tested from outside: over HTTP, on a whole shop.
//!
//! The shop runs in the test's own process, on the stores that the environment names, under a
//! prefix of its own. All tests of one program share it; each brings people of its own.

mod client;
pub mod cloudformation;
pub mod costs;
pub mod dependencies;
pub mod roles;
mod shop;
mod shop_router;

pub use client::{HttpClient, HttpResponse};
pub use shop::{Shop, eventually};
pub use shop_router::shop_router;

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
