//! Accounts and logins, entered through the router, on real stores.

mod accounts;
mod enumeration;
mod forgeries;
mod inputs;
mod limits;
mod outages;
mod roles;
mod sessions;
mod shop;
