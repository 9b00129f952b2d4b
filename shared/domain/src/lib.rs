//! Ring 1: what the shop means, as plain data and pure functions.
//!
//! Owns the typed ids, money, time, bounded text, problems, events, and one module of rules per
//! endpoint group. Knows no HTTP, no SQL, no SDK, no clock and no async: a function here gives
//! the same answer for the same arguments, so every rule can be tested without a server.

pub mod events;
mod id;
pub mod idempotency;
pub mod limits;
mod money;
mod object;
mod page;
mod problem;
mod text;
mod time;
mod whole;

pub mod analytics;
pub mod inventory;
pub mod notifications;
pub mod orders;
pub mod payments;
pub mod products;
pub mod reviews;
pub mod users;

pub use id::{EventId, NotificationId, OrderId, PaymentId, ProductId, ReviewId, SessionId, UserId};
pub use money::{Money, Rounded};
pub use object::Object;
pub use page::{After, Cursor, Limit, Page};
pub use problem::{FieldError, Kind, Problem, Result};
pub use text::Blank;
pub use time::Timestamp;
