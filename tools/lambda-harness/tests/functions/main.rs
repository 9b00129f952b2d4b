//! Every function's own program under the Runtime API, on real stores.

mod cookies;
mod event_sources;
mod harness;
mod json_schema;
mod logs;
mod openapi_check;
mod queues;
mod requests;
mod responses;
mod rie;
mod sqs_recorder;
mod startup;
mod stored_events;
mod watch_router;
