//! The catalogue through its router, on real stores.

mod caching;
mod listing;
mod paging;
mod plans;
mod refusals;
mod shop;
mod spelling;
mod stores_away;
mod together;
mod writing;
