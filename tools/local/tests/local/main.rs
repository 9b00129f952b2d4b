//! Starts real stores, each test in a data folder of its own.

mod clients;
mod emulators;
mod stores;
