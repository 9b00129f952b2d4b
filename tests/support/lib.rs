//! Tests of what no single function can see, from outside: over HTTP, on a whole shop.
//!
//! The shop runs in the test's own process, on the stores of the environment, under a prefix of its
//! own. All tests of one program share it; each has users of its own.

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

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
