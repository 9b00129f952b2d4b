//! What an operator says of an account, seen by whoever is signed in to it: on real stores, through
//! the users function's router, whose guard is every function's.

mod commands;
mod concurrency;
mod rolling_upgrade;
mod shop;
