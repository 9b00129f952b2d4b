//! Accounts and logins, entered through the router, on real stores.

mod accounts;
mod addresses;
mod devices;
mod enumeration;
mod flood;
mod guests;
mod inputs;
mod invalid_tokens;
mod login_throttle;
mod outages;
mod sessions;
mod shop;
mod verification;
