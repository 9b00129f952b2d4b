//! Redis: the only place where its driver is named. Sessions, caches and rate limits.
//!
//! Never the truth for a price or a stock. Every command has a short time limit, and a breaker
//! stands before it, so that a dead or hung Redis costs a bounded delay once and then nothing.

mod buckets;
mod cache;
mod connection;
mod limits;
mod line;
mod sessions;

pub use buckets::{Bucket, Buckets, Empty};
pub use cache::{Cache, Entry, Lookup, Token};
pub use connection::{Config, Error, Redis, Result};
pub use limits::{Admission, Limit, Limits};
pub use sessions::{Access, Changed, LONGEST_SESSION, MOST_SESSIONS, Session, Sessions};
