//! Operators' commands, as seen by the signed-in users of an account: on real stores, through the
//! users function's router, whose authenticator is that of every function.

mod commands;
mod concurrency;
mod rolling_upgrade;
mod shop;
