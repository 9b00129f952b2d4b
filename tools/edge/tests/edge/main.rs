//! Every function's own program under the Runtime API, on the real stores.

mod answers;
mod cookies;
mod documented;
mod forms;
mod logs;
mod queues;
mod requests;
mod rie;
mod schema;
mod start;
mod stored;
mod watched;
mod wire;
mod world;
