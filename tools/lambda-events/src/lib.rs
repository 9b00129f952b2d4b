//! The one builder of Lambda events: a request as each event source hands it to a function, the
//! authorizer's requests, batches of SQS, schedules and CloudFormation's custom resources.
//!
//! Fixed ids, times and addresses, so that the same request gives the same bytes: the stored events
//! in `events/` are built here. Runs no function.

mod alb;
mod authorizer;
mod custom_resource;
mod event_source;
mod http_api;
mod request_parts;
mod response;
mod rest_api;
mod schedule;
mod sqs;

pub use authorizer::authorizer_event;
pub use custom_resource::custom_resource_event;
pub use event_source::{EventContext, EventSource};
pub use schedule::schedule_event;
pub use sqs::{SqsRecord, sqs_batch};

pub const HOST: &str = "shop.example.com";
pub const SOURCE_IP: &str = "203.0.113.7";
pub const USER_AGENT: &str = "stored-event/1";
/// The gateway's id of a request.
pub const REQUEST_ID: &str = "stored-event-1";
pub const TRACE_HEADER: &str = "Root=1-65920080-0123456789abcdef01234567";

const ACCOUNT_ID: &str = "123456789012";
const API_ID: &str = "shop";
/// 2026-01-01T00:00:00Z, in the three forms that events have.
const EPOCH_MILLIS: i64 = 1_767_225_600_000;
const GATEWAY_TIME: &str = "01/Jan/2026:00:00:00 +0000";
const ISO_TIME: &str = "2026-01-01T00:00:00Z";
