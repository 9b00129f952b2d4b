//! The catalog through its router, on real stores.

mod caching;
mod concurrent_writes;
mod invalid_input;
mod listing;
mod paging;
mod plans;
mod shop;
mod spelling;
mod unavailable_stores;
mod writing;
