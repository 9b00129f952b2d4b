//! Transactions, tried again when another one was quicker.
//!
//! MongoDB does not queue writers of one document: all but one are told to start over. A use
//! case therefore runs in a loop, which the caller writes:
//!
//! ```text
//! let mut tries = mongo.tries();
//! loop {
//!     let mut tx = tries.begin().await?;
//!     let outcome = change(&mut tx).await;
//!     if let Some(done) = tries.settle(tx, outcome).await? { return Ok(done); }
//! }
//! ```

use std::time::Duration;

use domain::Problem;
use mongodb::options::ReadConcern;
use mongodb::{ClientSession, Collection, Database};
use runtime::within;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::connection::Deadline;
use crate::{Error, Mongo, Result};

/// The longest that a transaction is tried again while the store answers: another one was quicker.
/// 50 writers of one document, in processes of their own, need about a second. A store that does
/// not answer is waited for once, see [`Deadline`].
const BUDGET: Duration = Duration::from_secs(4);
/// And the most often.
const TRIES: u32 = 60;
/// The most transactions that one process has open. A function serves one request at a time; in
/// a process that serves many, the others wait here instead of making each other start over.
pub(crate) const OPEN: usize = 2;
/// How often an unknown commit is asked for its outcome.
const COMMITS: u32 = 3;
/// The first pause is at most this long, and each next one at most twice as long as that before.
const PAUSE_MICROS: u64 = 2_000;
/// No pause is longer; among many writers it must be about as long as all of them take.
const MAX_PAUSE_MICROS: u64 = 512_000;
/// How long a transaction that was given up may take to say so; the server forgets it anyway.
const ABORT: Duration = Duration::from_millis(300);

/// An open transaction; dropped without [`Tries::settle`], nothing happened. All of its operations,
/// its commit and whatever finds out what became of that have one time limit together.
pub struct Transaction {
    pub(crate) session: ClientSession,
    pub(crate) deadline: Deadline,
    mongo: Mongo,
    _turn: OwnedSemaphorePermit,
}

impl Transaction {
    pub(crate) async fn of_reviews<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        self.mongo.of_reviews(name).await
    }

    pub(crate) async fn of_analytics<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        self.mongo.of_analytics(name).await
    }

    pub(crate) async fn analyticsdb(&self) -> Result<Database> {
        self.mongo.analyticsdb().await
    }

    async fn commit(&mut self) -> Result<()> {
        let mut outcome = self.deadline.ask(self.session.commit_transaction()).await;
        for _ in 1..COMMITS {
            // Committing twice is committing once.
            match outcome {
                Err(error) if error.is_unknown_commit() && !self.deadline.is_over() => {
                    outcome = self.deadline.ask(self.session.commit_transaction()).await;
                }
                _ => break,
            }
        }
        outcome
    }
}

/// Why a transaction is not committed.
#[derive(Debug)]
pub enum Abort {
    /// The store did not do its part.
    Store(Error),
    /// The use case says no.
    Refused(Problem),
}

impl From<Error> for Abort {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Problem> for Abort {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Abort> for Problem {
    fn from(abort: Abort) -> Self {
        match abort {
            Abort::Store(error) => error.into(),
            Abort::Refused(problem) => problem,
        }
    }
}

/// The tries of one use case.
pub struct Tries {
    mongo: Mongo,
    until: Instant,
    made: u32,
}

impl Mongo {
    /// For one use case, which begins its transactions with them.
    pub fn tries(&self) -> Tries {
        Tries { mongo: self.clone(), until: Instant::now() + BUDGET, made: 0 }
    }
}

impl Tries {
    /// Whether an earlier try was made. Its commit may have taken effect though nobody heard of it
    /// (a server that restarted meanwhile knows nothing of it): the use case finds its own work.
    pub fn is_repeated(&self) -> bool {
        self.made > 1
    }

    /// A transaction that sees the databases as they are at its first operation.
    ///
    /// # Errors
    /// When no server is found, or too many wait for their turn.
    pub async fn begin(&mut self) -> Result<Transaction> {
        self.made += 1;
        let asked = Instant::now();
        let turn = within(BUDGET, self.mongo.transactions().acquire_owned()).await?;
        let turn = turn.map_err(|_| Error::Document("transactions are closed".to_owned()))?;
        if self.mongo.was_silent_since(asked) {
            // Whoever had the turn before got no answer in all the time that this one has waited.
            return Err(Error::Silent);
        }
        let deadline = Deadline::new();
        let mut session = deadline.ask(self.mongo.client().await?.start_session()).await?;
        deadline.ask(session.start_transaction().read_concern(ReadConcern::snapshot())).await?;
        Ok(Transaction { session, deadline, mongo: self.mongo.clone(), _turn: turn })
    }

    /// Commits after a success, takes everything back after a failure. `None`: another
    /// transaction was quicker, nothing happened, and it is time for the next try.
    ///
    /// # Errors
    /// What the use case failed with; or when the tries are used up, or the commit's outcome
    /// could not be learned.
    pub async fn settle<T>(&self, mut tx: Transaction, outcome: Result<T, Abort>) -> Result<Option<T>, Abort> {
        let failed = match outcome {
            Ok(value) => match tx.commit().await {
                Ok(()) => return Ok(Some(value)),
                Err(error) => Abort::Store(error),
            },
            Err(failed) if !tx.deadline.is_over() => {
                // Without an answer the server gives the transaction up by itself.
                let _ = within(ABORT, tx.session.abort_transaction().into_future()).await;
                failed
            }
            Err(failed) => failed,
        };
        if matches!(failed, Abort::Store(Error::Elapsed(_))) {
            self.mongo.note_silence();
        }
        // Whoever waits for a turn need not wait for this one's pause.
        drop(tx);
        match failed {
            Abort::Store(error) if error.is_transient() && self.made < TRIES && Instant::now() < self.until => {
                self.pause().await;
                Ok(None)
            }
            failed => Err(failed),
        }
    }

    /// Full jitter: writers that met once do not meet again at once.
    async fn pause(&self) {
        let most = (PAUSE_MICROS << self.made.min(8)).min(MAX_PAUSE_MICROS);
        let micros = self.mongo.clock().random() as u64 % most;
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}
