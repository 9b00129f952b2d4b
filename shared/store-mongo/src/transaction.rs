//! Transactions, retried after a conflict.
//!
//! MongoDB does not queue writers of one document: all but one get a conflict and start over. A use
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

/// How long a transaction is retried while the store responds with conflicts. 50 writers of one
/// document, in processes of their own, need about a second. A store that does not respond is
/// waited for once, see [`Deadline`].
const RETRY_BUDGET: Duration = Duration::from_secs(4);
/// The maximum number of attempts.
const MAX_ATTEMPTS: u32 = 60;
/// How often a commit with an unknown outcome is repeated.
const MAX_COMMIT_ATTEMPTS: u32 = 3;
/// The first pause is at most this long, and each next one at most twice as long as the previous
/// one.
const BASE_BACKOFF_MICROS: u64 = 2_000;
/// No pause is longer; with many writers it must be about as long as all of them take.
const MAX_BACKOFF_MICROS: u64 = 512_000;
/// How long aborting a transaction may take; the server discards it anyway.
const ABORT_TIMEOUT: Duration = Duration::from_millis(300);

/// An open transaction; if it is dropped without [`TransactionRetry::commit_or_retry`], it is
/// rolled back. All of its operations, its commit and the check of an unknown commit share one time
/// limit.
pub struct Transaction {
    pub(crate) session: ClientSession,
    pub(crate) deadline: Deadline,
    mongo: Mongo,
    _permit: OwnedSemaphorePermit,
}

impl Transaction {
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
    Store(Error),
    /// The use case rejects the request.
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

/// The attempts of one use case.
pub struct TransactionRetry {
    mongo: Mongo,
    give_up_at: Instant,
    attempts: u32,
}

impl Mongo {
    /// For one use case, which begins its transactions with it.
    pub fn transaction_retry(&self) -> TransactionRetry {
        TransactionRetry { mongo: self.clone(), give_up_at: Instant::now() + RETRY_BUDGET, attempts: 0 }
    }
}

impl TransactionRetry {
    /// Begins a transaction that sees the databases as of its first operation.
    ///
    /// # Errors
    /// When no server is found, or too many transactions wait for a permit.
    pub async fn begin(&mut self) -> Result<Transaction> {
        self.attempts += 1;
        let permit = self.mongo.transaction_gate().enter(RETRY_BUDGET).await?;
        let deadline = Deadline::new();
        let mut session = deadline.timed(self.mongo.client().await?.start_session()).await?;
        deadline.timed(session.start_transaction().read_concern(ReadConcern::snapshot())).await?;
        Ok(Transaction { session, deadline, mongo: self.mongo.clone(), _permit: permit })
    }

    /// Commits after a success, rolls back after a failure. `None`: another transaction came first,
    /// nothing happened, and the caller tries again.
    ///
    /// # Errors
    /// The error of the use case; or when the attempts are used up, or the commit's outcome is
    /// unknown.
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
                // Without a response the server aborts the transaction by itself.
                let _ = with_timeout(ABORT_TIMEOUT, tx.session.abort_transaction().into_future()).await;
                failed
            }
            Err(failed) => failed,
        };
        if matches!(failed, TransactionError::Store(Error::TimedOut(_))) {
            self.mongo.transaction_gate().record_unanswered();
        }
        // Other transactions need not wait for this one's pause.
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

    /// Full jitter: writers that conflicted once do not conflict again at once.
    async fn back_off(&self) {
        let most = (BASE_BACKOFF_MICROS << self.attempts.min(8)).min(MAX_BACKOFF_MICROS);
        let micros = self.mongo.clock().random() as u64 % most;
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}
