//! Everything HTTP, in one place: authentication, reading bodies and queries, writing responses,
//! problems and pages, and the middleware that every request passes through.
//!
//! The same router serves Lambda (HTTP API, REST API and ALB events), `cargo lambda watch`, the
//! local server and tests. Knows no group and no SQL.

mod api_error;
mod auth;
mod body;
mod client_ip;
mod conditional;
mod endpoint;
mod endpoints;
mod field_errors;
mod health;
mod idempotency;
mod list;
mod middleware;
mod openapi;
mod path;
mod query;
mod rate_limits;
mod response;
mod stage;

pub use api_error::{ApiError, ProblemBody};
pub use auth::{Admin, Authenticator, Buyer, Credentials, Customer, MaybeCustomer};
pub use body::Body;
pub use client_ip::{ClientIp, OriginKey};
pub use conditional::{IfMatch, etag};
pub use domain::rate_limits::RequestClass;
pub use endpoint::{Access, Endpoint, Repeat};
pub use endpoints::{mount_handler, mount_health};
pub use health::Readiness;
pub use idempotency::{IdempotencyHeader, respond};
pub use list::{EncodedList, EncodedPage, List, ObjectWithList};
pub use middleware::{HttpStack, serve, with_middleware};
pub use openapi::complete_document;
pub use path::{Id, Ids};
pub use query::Query;
pub use rate_limits::{Route, RouteLimit};
pub use response::{Created, EncodedJson, Json, NoContent, Resource};
pub use runtime::{ReadinessChecks, StoreCheck};

/// The result of a handler.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

#[doc(hidden)]
pub use {axum, pastey, serde_json, utoipa};
