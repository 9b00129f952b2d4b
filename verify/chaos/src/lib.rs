//! The chaos harness: breaks the shop in every way on the list, and runs the invariant checker
//! (`reconcile`) afterwards.
//!
//! Every run is generated from a seed, which it prints; a failure prints the command that replays
//! it. Never deployed. Run it under `local stores -- …`, as `make faults` does.

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
