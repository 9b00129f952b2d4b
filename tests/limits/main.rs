//! Rate limits: each route has one and documents it, a flood affects only its source, and a
//! rejected request has no effect.

mod flood;
mod shop;
mod table;
mod users;
