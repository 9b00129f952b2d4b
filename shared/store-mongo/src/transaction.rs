//! Transactions, tried again when another one was quicker.
//!
//! MongoDB does not queue writers of one document: all but one are told to start over. A use
//! case therefore runs in a loop, which the caller writes:
//!
//! ```text
//! let mut retry = mongo.transaction_retry();
//! loop {
//!     let mut tx = retry.begin().await?;
//!     let outcome = change(&mut tx).await;
//!     if let Some(done) = retry.commit_or_retry(tx, outcome).await? { return Ok(done); }
//! }
//! ```

use std::time::Duration;

use domain::Problem;
use mongodb::options::ReadConcern;
use mongodb::{ClientSession, Collection, Database};
use runtime::with_timeout;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::timeout::Deadline;
use crate::{Error, Mongo, Result};

/// The longest that a transaction is tried again while the store answers: another one was quicker.
/// 50 writers of one document, in processes of their own, need about a second. A store that does
/// not answer is waited for once, see [`Deadline`].
const RETRY_BUDGET: Duration = Duration::from_secs(4);
/// And the most often.
const MAX_ATTEMPTS: u32 = 60;
/// How often an unknown commit is asked for its outcome.
const MAX_COMMIT_ATTEMPTS: u32 = 3;
/// The first pause is at most this long, and each next one at most twice as long as that before.
const BASE_BACKOFF_MICROS: u64 = 2_000;
/// No pause is longer; among many writers it must be about as long as all of them take.
const MAX_BACKOFF_MICROS: u64 = 512_000;
/// How long a transaction that was given up may take to say so; the server forgets it anyway.
const ABORT_TIMEOUT: Duration = Duration::from_millis(300);

/// An open transaction; dropped without [`TransactionRetry::commit_or_retry`], nothing happened. All of its operations,
/// its commit and whatever finds out what became of that have one time limit together.
pub struct Transaction {
    pub(crate) session: ClientSession,
    pub(crate) deadline: Deadline,
    mongo: Mongo,
    _permit: OwnedSemaphorePermit,
}

impl Transaction {
    pub(crate) async fn reviews_collection<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        self.mongo.reviews_collection(name).await
    }

    pub(crate) async fn analytics_collection<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        self.mongo.analytics_collection(name).await
    }

    pub(crate) async fn analyticsdb(&self) -> Result<Database> {
        self.mongo.analyticsdb().await
    }

    async fn commit(&mut self) -> Result<()> {
        let mut outcome = self.deadline.timed(self.session.commit_transaction()).await;
        for _ in 1..MAX_COMMIT_ATTEMPTS {
            // Committing twice is committing once.
            match outcome {
                Err(error) if error.is_unknown_commit() && !self.deadline.has_passed() => {
                    outcome = self.deadline.timed(self.session.commit_transaction()).await;
                }
                _ => break,
            }
        }
        outcome
    }
}

/// Why a transaction is not committed.
#[derive(Debug)]
pub enum TransactionError {
    /// The store did not do its part.
    Store(Error),
    /// The use case says no.
    Rejected(Problem),
}

impl From<Error> for TransactionError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Problem> for TransactionError {
    fn from(problem: Problem) -> Self {
        Self::Rejected(problem)
    }
}

impl From<TransactionError> for Problem {
    fn from(abort: TransactionError) -> Self {
        match abort {
            TransactionError::Store(error) => error.into(),
            TransactionError::Rejected(problem) => problem,
        }
    }
}

/// The tries of one use case.
pub struct TransactionRetry {
    mongo: Mongo,
    give_up_at: Instant,
    attempts: u32,
}

impl Mongo {
    /// For one use case, which begins its transactions with them.
    pub fn transaction_retry(&self) -> TransactionRetry {
        TransactionRetry { mongo: self.clone(), give_up_at: Instant::now() + RETRY_BUDGET, attempts: 0 }
    }
}

impl TransactionRetry {
    /// Whether an earlier try was made. Its commit may have taken effect though nobody heard of it
    /// (a server that restarted meanwhile knows nothing of it): the use case finds its own work.
    pub fn is_retry(&self) -> bool {
        self.attempts > 1
    }

    /// A transaction that sees the databases as they are at its first operation.
    ///
    /// # Errors
    /// When no server is found, or too many wait for their turn.
    pub async fn begin(&mut self) -> Result<Transaction> {
        self.attempts += 1;
        let permit = self.mongo.transaction_gate().enter(RETRY_BUDGET).await?;
        let deadline = Deadline::new();
        let mut session = deadline.timed(self.mongo.client().await?.start_session()).await?;
        deadline.timed(session.start_transaction().read_concern(ReadConcern::snapshot())).await?;
        Ok(Transaction { session, deadline, mongo: self.mongo.clone(), _permit: permit })
    }

    /// Commits after a success, takes everything back after a failure. `None`: another
    /// transaction was quicker, nothing happened, and it is time for the next try.
    ///
    /// # Errors
    /// What the use case failed with; or when the tries are used up, or the commit's outcome
    /// could not be learned.
    pub async fn commit_or_retry<T>(
        &self,
        mut tx: Transaction,
        outcome: Result<T, TransactionError>,
    ) -> Result<Option<T>, TransactionError> {
        let failed = match outcome {
            Ok(value) => match tx.commit().await {
                Ok(()) => return Ok(Some(value)),
                Err(error) => TransactionError::Store(error),
            },
            Err(failed) if !tx.deadline.has_passed() => {
                // Without an answer the server gives the transaction up by itself.
                let _ = with_timeout(ABORT_TIMEOUT, tx.session.abort_transaction().into_future()).await;
                failed
            }
            Err(failed) => failed,
        };
        if matches!(failed, TransactionError::Store(Error::TimedOut(_))) {
            self.mongo.transaction_gate().record_unanswered();
        }
        // Whoever waits for a turn need not wait for this one's pause.
        drop(tx);
        match failed {
            TransactionError::Store(error)
                if error.is_transient() && self.attempts < MAX_ATTEMPTS && Instant::now() < self.give_up_at =>
            {
                self.back_off().await;
                Ok(None)
            }
            failed => Err(failed),
        }
    }

    /// Full jitter: writers that met once do not meet again at once.
    async fn back_off(&self) {
        let most = (BASE_BACKOFF_MICROS << self.attempts.min(8)).min(MAX_BACKOFF_MICROS);
        let micros = self.mongo.clock().random() as u64 % most;
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}
