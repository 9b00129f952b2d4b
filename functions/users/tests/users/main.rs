//! Accounts and logins, entered through the router, on real stores.

mod accounts;
mod devices;
mod enumeration;
mod flood;
mod forgeries;
mod inputs;
mod limits;
mod outages;
mod sessions;
mod shop;
