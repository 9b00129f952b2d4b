//! Rate limits: each route has one and says which, a flood stays where it comes from, and whoever
//! is refused has done nothing.

mod flood;
mod shop;
mod table;
mod users;
