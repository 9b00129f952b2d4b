//! Roles and what they may do: exactly what `grants.txt` says, whatever was there before.
//!
//! A binary of its own: its tests make and remove roles, which all databases of a server share.

mod granted;
mod retired;
mod test_server;
