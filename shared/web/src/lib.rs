//! Everything HTTP, once: who may call, how bodies and queries are read, how answers, problems
//! and pages are written, and the door through which every request comes in.
//!
//! The same router answers under Lambda (HTTP API, REST API and ALB events), `cargo lambda
//! watch`, the local server and tests. Knows no group and no SQL.

mod auth;
mod body;
mod conditional;
mod document;
mod door;
mod field_errors;
mod front;
mod group;
mod health;
mod idempotency;
mod limits;
mod list;
mod path;
mod problem;
mod query;
mod reply;
mod source;

pub use auth::{Admin, Customer, Guard, MaybeCustomer};
pub use body::Body;
pub use conditional::{IfMatch, etag};
pub use document::document;
pub use domain::limits::Class;
pub use door::{Door, door, serve};
pub use group::{finish, mount};
pub use health::Readiness;
pub use idempotency::{IdempotencyKey, replayable};
pub use limits::{Limited, Route};
pub use list::{Linked, List, ListBytes, Rows};
pub use path::Id;
pub use problem::{Failure, ProblemBody};
pub use query::Query;
pub use reply::{Bytes, Created, Json, NoContent, Resource};
pub use runtime::{Check, Ready};
pub use source::{Edge, Source};

/// What handlers answer.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

#[doc(hidden)]
pub use {axum, pastey, utoipa};
