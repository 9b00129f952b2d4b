//! A small connection pool for a function that serves one request at a time.
//!
//! Connects on first use, pings a connection only after it was idle, and never reuses one whose
//! state is unknown: a statement that was cancelled, cut or timed out, or an open transaction,
//! closes its connection. (sqlx's own pool pings the server after every use, which doubles the
//! messages of a small statement, and waits without bound for that response.)

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::{ConfigError, Env, ExposeSecret, SecretString, with_timeout};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::iam::IamAuth;
use crate::{Error, Result, Role, no_delay};

/// The longest wait for one statement; the role's `statement_timeout` ends it on the server.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest wait for a connection to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The same for a ping, as a start sends it: several stores are opened in parallel then, with a
/// small CPU share, and the caller has a limit of its own.
const PING_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for longer is pinged before use: a proxy or a frozen function may
/// have lost it.
const PING_AFTER_IDLE: Duration = Duration::from_secs(30);

/// The URL of a database and how many connections a process may open to it.
pub struct Config {
    endpoint: Endpoint,
    max_connections: usize,
}

impl Config {
    /// Reads `variable` (such as `USERDB_URL`) and `DATABASE_CONNECTIONS`, default 2: a function
    /// serves one request at a time, and RDS Proxy counts every connection. With
    /// `DATABASE_IAM=true` the URL has no password, and each connection signs in with a token.
    ///
    /// It signs in as `role`, whatever user the URL names: what a function may do is fixed in its
    /// code and granted by `grants.txt`, not by its environment.
    ///
    /// # Errors
    /// When the URL is not set, or does not fit `DATABASE_IAM`.
    pub fn from_env(env: &Env, role: Role, url_variable: &str) -> Result<Self, ConfigError> {
        let at = if env.parsed_or("DATABASE_IAM", false)? {
            Endpoint::Iam(Box::new(IamAuth::from_env(env, role, url_variable)?))
        } else {
            Endpoint::Url(env.secret(url_variable)?, Some(role))
        };
        Ok(Self { endpoint: at, max_connections: env.parsed_or("DATABASE_CONNECTIONS", 2)? })
    }

    /// A database at `url`, with the user that it names, and at most `connections` open
    /// connections.
    pub fn new(url: impl Into<String>, connections: usize) -> Self {
        Self { endpoint: Endpoint::Url(SecretString::from(url.into()), None), max_connections: connections }
    }
}

/// One database. Cheap to clone; opens no connection until it is used.
#[derive(Clone)]
pub struct Database(pub(crate) Arc<Pool>);

/// How a new connection signs in.
pub(crate) enum Endpoint {
    Url(SecretString, Option<Role>),
    Iam(Box<IamAuth>),
}

pub(crate) struct Pool {
    pub(crate) endpoint: Endpoint,
    max_connections: usize,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
    permits: Arc<Semaphore>,
}

impl Database {
    /// Opens no connection yet.
    pub fn new(config: Config) -> Self {
        let permits = Arc::new(Semaphore::new(config.max_connections));
        let Config { endpoint: at, max_connections: connections } = config;
        Self(Arc::new(Pool { endpoint: at, max_connections: connections, idle: Mutex::default(), permits }))
    }

    /// How many connections this process may open: the bound of parallel work.
    pub fn max_connections(&self) -> usize {
        self.0.max_connections
    }

    /// A connection for the caller alone, until it is dropped.
    ///
    /// # Errors
    /// When none is free or none can be opened in time.
    pub async fn acquire(&self) -> Result<Conn> {
        self.acquire_within(CONNECT_TIMEOUT).await
    }

    async fn acquire_within(&self, connect_timeout: Duration) -> Result<Conn> {
        let permit = with_timeout(STATEMENT_TIMEOUT, self.0.permits.clone().acquire_owned()).await?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some((mut conn, since)) = self.pop_idle() {
            let trusted = since.elapsed() < PING_AFTER_IDLE;
            if trusted || matches!(with_timeout(CONNECT_TIMEOUT, conn.ping()).await, Ok(Ok(()))) {
                return Ok(Conn {
                    connection: Some(conn),
                    pool: self.0.clone(),
                    reusable: true,
                    in_transaction: false,
                    _permit: permit,
                });
            }
        }
        let conn = with_timeout(connect_timeout, self.connect()).await??;
        Ok(Conn {
            connection: Some(conn),
            pool: self.0.clone(),
            reusable: true,
            in_transaction: false,
            _permit: permit,
        })
    }

    /// A connection with an open transaction; if it is dropped without [`Conn::commit`], the
    /// transaction is rolled back.
    ///
    /// # Errors
    /// As [`Database::acquire`].
    pub async fn begin(&self) -> Result<Conn> {
        let mut conn = self.acquire().await?;
        conn.simple_query("begin").await?;
        conn.in_transaction = true;
        Ok(conn)
    }

    /// A read-only connection that sees the database as of its first statement, however long it
    /// reads. End it by dropping it, or with [`Conn::rollback`].
    ///
    /// # Errors
    /// As [`Database::acquire`].
    pub async fn snapshot(&self) -> Result<Conn> {
        let mut conn = self.acquire().await?;
        conn.simple_query("begin isolation level repeatable read, read only").await?;
        conn.in_transaction = true;
        Ok(conn)
    }

    /// Checks that the server responds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.acquire_within(PING_CONNECT_TIMEOUT).await?.simple_query("select 1").await
    }

    fn pop_idle(&self) -> Option<(PgConnection, Instant)> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let options: PgConnectOptions = match &self.0.endpoint {
            Endpoint::Url(url, role) => {
                let options: PgConnectOptions = url.expose_secret().parse()?;
                role.map_or(options.clone(), |role| options.username(role.name()))
            }
            Endpoint::Iam(access) => access.connect_options()?,
        };
        // Start-up options pin a connection of RDS Proxy to its client.
        no_delay::connect(&options.extra_float_digits(None).disable_statement_logging()).await
    }
}

/// A connection used by one use case.
pub struct Conn {
    connection: Option<PgConnection>,
    pool: Arc<Pool>,
    /// False while a statement is in progress, and for good if its outcome stayed unknown.
    reusable: bool,
    in_transaction: bool,
    _permit: OwnedSemaphorePermit,
}

impl Conn {
    /// Commits the transaction.
    ///
    /// # Errors
    /// When the response is lost, it is unknown whether the transaction is committed.
    pub async fn commit(mut self) -> Result<()> {
        self.simple_query("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Rolls the transaction back and returns the connection to the pool.
    ///
    /// # Errors
    /// When the server does not respond; the changes are rolled back nevertheless.
    pub async fn rollback(mut self) -> Result<()> {
        self.simple_query("rollback").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(crate) async fn simple_query(&mut self, statement: &'static str) -> Result<()> {
        self.begin_statement();
        let response = with_timeout(STATEMENT_TIMEOUT, sqlx::raw_sql(statement).execute(&mut **self)).await;
        self.finish_statement(response).map(drop)
    }

    /// Called by [`timed!`] before a statement.
    pub(crate) fn begin_statement(&mut self) {
        self.reusable = false;
    }

    /// Called by [`timed!`] with a statement's outcome.
    pub(crate) fn finish_statement<T>(&mut self, outcome: Result<sqlx::Result<T>, runtime::TimedOut>) -> Result<T> {
        let response = outcome.map_err(Error::from).and_then(|response| response.map_err(Error::from));
        self.reusable = response.as_ref().map_or_else(Error::server_responded, |_| true);
        response
    }
}

// A `Conn` has its connection until it is dropped.
impl Deref for Conn {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("present until dropped")
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("present until dropped")
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(conn) = self.connection.take() else { return };
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if self.reusable && !self.in_transaction {
            idle.push((conn, Instant::now()));
        } else if !self.reusable {
            // What broke this connection (a restart, a cut) has most likely broken the others.
            idle.clear();
        }
    }
}

/// Runs one statement on a [`Conn`] within its time limit: `timed!(db, fetch_one,
/// sqlx::query!("…"))`.
macro_rules! timed {
    ($db:expr, $fetch:ident, $query:expr) => {{
        let db: &mut $crate::Conn = $db;
        db.begin_statement();
        let answer = runtime::with_timeout($crate::pool::STATEMENT_TIMEOUT, $query.$fetch(&mut **db)).await;
        db.finish_statement(answer)
    }};
}
pub(crate) use timed;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    /// What RDS Proxy restores on any connection; everything else would pin one.
    const STARTUP_PARAMETERS: [&str; 5] = ["user", "database", "client_encoding", "DateStyle", "TimeZone"];

    #[tokio::test]
    async fn a_connection_starts_with_nothing_that_pins_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("postgres://orders:secret@127.0.0.1:{port}/orderdb?sslmode=disable");
        let database = Database::new(Config::new(url, 1));
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read_u32().await.unwrap() as usize;
            let mut packet = vec![0; length - 4];
            stream.read_exact(&mut packet).await.unwrap();
            packet
        };
        let (packet, rejected) = tokio::join!(server, database.acquire());
        assert!(rejected.is_err(), "the server hung up");
        let texts: Vec<&str> = packet[4..].split(|byte| *byte == 0).map(|text| str::from_utf8(text).unwrap()).collect();
        let names: Vec<&str> = texts.chunks(2).map(|pair| pair[0]).filter(|name| !name.is_empty()).collect();
        assert!(names.contains(&"user") && names.iter().all(|name| STARTUP_PARAMETERS.contains(name)), "{names:?}");
    }
}
