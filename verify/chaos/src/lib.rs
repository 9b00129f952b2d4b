//! The fault harness: breaks the shop in every way that we can think of, and lets the checker of
//! the shop's promises (`reconcile`) judge what is left.
//!
//! Every run is made from a seed, which it prints; a failure names the command that replays it.
//! Never deployed. Run it under `local stores -- …`, as `make faults` does.

pub mod catalog;
pub mod commands;
pub mod fault_proxy;
mod fleet;
pub mod kills;
pub mod matrix;
pub mod network;
pub mod pool;
pub mod queues;
pub mod redelivery;
pub mod restarts;
pub mod violations;
