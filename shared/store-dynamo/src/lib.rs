//! DynamoDB: the only place where its SDK is named. One module per domain.
//!
//! Every write that must happen once is decided by a condition in the same request, never by a read
//! before it; every read that decides something is strongly consistent. Decides nothing else: the
//! rules are in `domain`.

mod client;
mod error;
mod item;
pub mod provision;
pub mod reconcile;

pub mod notifications;
pub mod payments;

pub use client::{Config, Dynamo};
pub use error::{Error, Result};
pub use notifications::Notifications;
pub use payments::Payments;
