//! The whole shop on one machine: the stores it needs and the programs that developers run.
//!
//! Owns the private stores of a checkout (`stores`), the shop in one process (`shop`), its demo
//! data (`demo`), the forwarder from containers to those stores (`bridge`) and the subcommands of
//! `local` (`commands`). Nothing that is deployed depends on this crate, so no function links an
//! emulator.

pub mod bridge;
pub mod commands;
pub mod demo;
mod private_file;
pub mod secrets;
pub mod shop;
pub mod stores;
pub mod terminal;
