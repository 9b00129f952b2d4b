//! Ring 1: the rules of the shop, as plain data and pure functions.
//!
//! Owns the typed ids, money, time, bounded text, problems, events, and one module of rules per
//! endpoint group. Knows no HTTP, no SQL, no SDK, no clock and no async: a function here returns
//! the same result for the same arguments, so every rule can be tested without a server.

pub mod events;
mod id;
pub mod idempotency;
mod json_object;
mod money;
mod page;
mod problem;
pub mod rate_limits;
mod text;
mod time;
mod whole_number;

pub mod addresses;
pub mod analytics;
pub mod inventory;
pub mod notifications;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod products;
pub mod reviews;
pub mod users;

pub use id::{
    AddressId, DiscountId, EventId, FulfilmentId, NotificationId, OrderId, PaymentId, ProductId, ReturnId, ReviewId,
    SessionId, ShippingMethodId, TaxRateId, UserId,
};
pub use json_object::JsonObject;
pub use money::{Money, RoundedMoney};
pub use page::{Cursor, DecodedCursor, Page, PageSize};
pub use problem::{FieldError, Problem, ProblemKind, Result};
pub use text::EmptyBody;
pub use time::Timestamp;
