//! Postgres: the only place where SQL and its driver are named. One module per domain, whose
//! functions take a connection; the caller owns the transaction.
//!
//! Keeps no session state, so that RDS Proxy can share its connections: no `SET`, no session-level
//! advisory locks, no `LISTEN`, no temporary tables, no start-up options. Time limits are set on
//! the role by [`migrate`], which grants it what [`grants`] says and no more. Decides nothing: the
//! rules are in `domain`.

mod error;
pub mod grants;
mod iam;
pub mod migrate;
#[cfg(target_os = "linux")]
mod no_delay;
pub mod reconcile;
/// On other systems the sockets cannot be found: connections work nevertheless, but open slowly.
#[cfg(not(target_os = "linux"))]
mod no_delay {
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgConnection};

    pub(crate) async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
        options.connect().await
    }
}
pub mod outbox;
mod pool;
mod same_server;

pub mod accounts;
pub mod addresses;
pub mod fulfilments;
pub mod guests;
pub mod idempotency;
pub mod inventory;
pub mod order_links;
pub mod orders;
pub mod pricing;
pub mod pricing_rules;
pub mod products;
pub mod purchases;
pub mod recipients;
pub mod recovery;
pub mod refunds;
pub mod reservations;
pub mod returns;
pub mod saga;
pub mod users;

pub use error::{Error, Result};
pub use grants::Role;
pub use pool::{Config, Conn, Database};
