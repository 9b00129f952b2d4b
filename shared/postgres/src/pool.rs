//! A small pool, made for a function that serves one request at a time.
//!
//! Connects on first use, tests a connection only after it lay idle, and never returns one whose
//! state is not known: a statement that was cancelled, cut or timed out, or an open transaction,
//! ends its connection. (sqlx's own pool asks the server once more after every use, which
//! doubles the messages of a small statement, and waits without bound for that answer.)

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::{ExposeSecret, Missing, SecretString, Vars, within};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::iam::Access;
use crate::{Error, Result, Role, no_delay};

/// The longest wait for one statement; the role's `statement_timeout` ends it on the server.
pub(crate) const STATEMENT: Duration = Duration::from_secs(2);
/// The longest wait for a connection to open.
const CONNECT: Duration = Duration::from_secs(1);
/// The same for a sign of life, as a start asks for one: several stores are opened at once then, on a
/// small share of a processor, and whoever asks has a limit of their own.
const OPENING: Duration = Duration::from_secs(3);
/// A connection that lay idle for longer is asked for a sign of life before use: a proxy or a
/// frozen function may have lost it.
const TRUSTED_IDLE: Duration = Duration::from_secs(30);

/// Where a database is and how many connections a process may open to it.
pub struct Config {
    at: At,
    connections: usize,
}

impl Config {
    /// Reads `variable` (such as `USERDB_URL`) and `DATABASE_CONNECTIONS`, 2 unless told: a
    /// function serves one request at a time, and RDS Proxy counts every connection. With
    /// `DATABASE_IAM=true` the URL has no password, and each connection signs in by a token.
    ///
    /// It signs in as `role`, whomever the URL names: what a function may do is fixed in its code
    /// and granted by `grants.txt`, not by its environment.
    ///
    /// # Errors
    /// When the URL is not set, or does not go with `DATABASE_IAM`.
    pub fn read(vars: &Vars, role: Role, variable: &str) -> Result<Self, Missing> {
        let at = if vars.parsed("DATABASE_IAM", false)? {
            At::Iam(Box::new(Access::read(vars, role, variable)?))
        } else {
            At::Url(vars.secret(variable)?, Some(role))
        };
        Ok(Self { at, connections: vars.parsed("DATABASE_CONNECTIONS", 2)? })
    }

    /// A database at `url`, as whom that names, with at most `connections` open.
    pub fn new(url: impl Into<String>, connections: usize) -> Self {
        Self { at: At::Url(SecretString::from(url.into()), None), connections }
    }
}

/// One database. Cheap to clone; opens nothing until it is used.
#[derive(Clone)]
pub struct Database(Arc<Pool>);

/// How a new connection signs in.
enum At {
    Url(SecretString, Option<Role>),
    Iam(Box<Access>),
}

struct Pool {
    at: At,
    connections: usize,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
    permits: Arc<Semaphore>,
}

impl Database {
    /// Notes where the database is.
    pub fn new(config: Config) -> Self {
        let permits = Arc::new(Semaphore::new(config.connections));
        let Config { at, connections } = config;
        Self(Arc::new(Pool { at, connections, idle: Mutex::default(), permits }))
    }

    /// How many connections this process may open: what works side by side is bounded by it.
    pub fn connections(&self) -> usize {
        self.0.connections
    }

    /// A connection of one's own, until it is dropped.
    ///
    /// # Errors
    /// When none is free or none can be opened in time.
    pub async fn acquire(&self) -> Result<Conn> {
        self.acquire_within(CONNECT).await
    }

    async fn acquire_within(&self, opening: Duration) -> Result<Conn> {
        let permit = within(STATEMENT, self.0.permits.clone().acquire_owned()).await?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some((mut conn, since)) = self.take_idle() {
            let trusted = since.elapsed() < TRUSTED_IDLE;
            if trusted || matches!(within(CONNECT, conn.ping()).await, Ok(Ok(()))) {
                return Ok(Conn { state: Some(conn), pool: self.0.clone(), known: true, open: false, _permit: permit });
            }
        }
        let conn = within(opening, self.connect()).await??;
        Ok(Conn { state: Some(conn), pool: self.0.clone(), known: true, open: false, _permit: permit })
    }

    /// A connection with a transaction open; dropped without [`Conn::commit`], nothing happened.
    ///
    /// # Errors
    /// As [`Database::acquire`].
    pub async fn begin(&self) -> Result<Conn> {
        let mut conn = self.acquire().await?;
        conn.simple("begin").await?;
        conn.open = true;
        Ok(conn)
    }

    /// A connection that sees the database as it is at its first statement, however long it is
    /// read, and that can change nothing. Dropped, or ended with [`Conn::rollback`].
    ///
    /// # Errors
    /// As [`Database::acquire`].
    pub async fn snapshot(&self) -> Result<Conn> {
        let mut conn = self.acquire().await?;
        conn.simple("begin isolation level repeatable read, read only").await?;
        conn.open = true;
        Ok(conn)
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        self.acquire_within(OPENING).await?.simple("select 1").await
    }

    fn take_idle(&self) -> Option<(PgConnection, Instant)> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let options: PgConnectOptions = match &self.0.at {
            At::Url(url, role) => {
                let options: PgConnectOptions = url.expose_secret().parse()?;
                role.map_or(options.clone(), |role| options.username(role.name()))
            }
            At::Iam(access) => access.options()?,
        };
        // Start-up options pin a connection of RDS Proxy to its client.
        no_delay::connect(&options.extra_float_digits(None).disable_statement_logging()).await
    }
}

/// A connection held by one use case.
pub struct Conn {
    state: Option<PgConnection>,
    pool: Arc<Pool>,
    /// False while a statement is under way, and for good when its outcome stayed unknown.
    known: bool,
    /// A transaction is open.
    open: bool,
    _permit: OwnedSemaphorePermit,
}

impl Conn {
    /// Makes the transaction's changes lasting.
    ///
    /// # Errors
    /// When the answer is lost, whether they last is unknown.
    pub async fn commit(mut self) -> Result<()> {
        self.simple("commit").await?;
        self.open = false;
        Ok(())
    }

    /// Takes the transaction's changes back and keeps the connection.
    ///
    /// # Errors
    /// When the server does not answer; the changes are gone all the same.
    pub async fn rollback(mut self) -> Result<()> {
        self.simple("rollback").await?;
        self.open = false;
        Ok(())
    }

    pub(crate) async fn simple(&mut self, statement: &'static str) -> Result<()> {
        self.starts();
        let answer = within(STATEMENT, sqlx::raw_sql(statement).execute(&mut **self)).await;
        self.ends(answer).map(drop)
    }

    /// Called by [`ask!`] before a statement.
    pub(crate) fn starts(&mut self) {
        self.known = false;
    }

    /// Called by [`ask!`] with a statement's outcome.
    pub(crate) fn ends<T>(&mut self, answer: Result<sqlx::Result<T>, runtime::Elapsed>) -> Result<T> {
        let answer = answer.map_err(Error::from).and_then(|answer| answer.map_err(Error::from));
        self.known = answer.as_ref().map_or_else(Error::was_answered, |_| true);
        answer
    }
}

// A `Conn` has its connection until it is dropped.
impl Deref for Conn {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.state.as_ref().expect("present until dropped")
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.state.as_mut().expect("present until dropped")
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(conn) = self.state.take() else { return };
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if self.known && !self.open {
            idle.push((conn, Instant::now()));
        } else if !self.known {
            // What broke this connection (a restart, a cut) has most likely broken the others.
            idle.clear();
        }
    }
}

/// Runs one statement on a [`Conn`] within its time limit:
/// `ask!(db, fetch_one, sqlx::query!("…"))`.
macro_rules! ask {
    ($db:expr, $fetch:ident, $query:expr) => {{
        let db: &mut $crate::Conn = $db;
        db.starts();
        let answer = runtime::within($crate::pool::STATEMENT, $query.$fetch(&mut **db)).await;
        db.ends(answer)
    }};
}
pub(crate) use ask;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    /// What RDS Proxy carries over to any connection; everything else would pin one.
    const HARMLESS: [&str; 5] = ["user", "database", "client_encoding", "DateStyle", "TimeZone"];

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
        let (packet, refused) = tokio::join!(server, database.acquire());
        assert!(refused.is_err(), "the server hung up");
        let texts: Vec<&str> = packet[4..].split(|byte| *byte == 0).map(|text| str::from_utf8(text).unwrap()).collect();
        let names: Vec<&str> = texts.chunks(2).map(|pair| pair[0]).filter(|name| !name.is_empty()).collect();
        assert!(names.contains(&"user") && names.iter().all(|name| HARMLESS.contains(name)), "{names:?}");
    }
}
