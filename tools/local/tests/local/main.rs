//! Starts real stores, each test in a data folder of its own.

mod bridge;
mod clients;
mod emulators;
mod stores;
