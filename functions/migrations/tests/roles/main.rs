//! Roles and their privileges: exactly what `grants.txt` says, whatever existed before.
//!
//! A binary of its own: its tests create and drop roles, which all databases of a server share.

mod granted;
mod retired;
mod test_server;
