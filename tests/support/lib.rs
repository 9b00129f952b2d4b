//! Tests of the whole shop over HTTP, for what no single function can show.
//!
//! The shop runs in the test's process, on the stores that the environment names, with a prefix of
//! its own. All tests of one program share it; each creates accounts of its own.

pub mod cloudformation;
pub mod costs;
pub mod dependencies;
pub mod roles;
mod sample_world;
mod shop;
mod shop_router;

pub use sample_world::SampleWorld;
pub use shop::{Shop, eventually};
pub use shop_router::shop_router;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
