//! Several servers of one shop on the same stores, as several instances of a function in AWS, with
//! customers at all of them; and the checks after the faults.

mod cluster;
mod proxies;
mod queues;
pub(crate) mod recover;
mod server;
mod sessions;
mod shutdown;
mod under_load;

pub(crate) use cluster::{Fleet, FleetOptions};
pub(crate) use proxies::ProxiedStore;
pub(crate) use server::Server;
pub(crate) use sessions::MongoSessions;
pub(crate) use shutdown::stop_and_check;
pub(crate) use under_load::run_under_load;
