//! Runs a request once for its idempotency key, with the keys of orderdb.
//!
//! Stores no outcome: the statement that closes a saga or a refund does, so that an order and its
//! key's outcome cannot differ.

use domain::idempotency::{IdempotencyKey, Idempotent, LOCK_SECONDS, Start, in_progress};
use domain::{Problem, ProblemKind, Result};
use serde::de::DeserializeOwned;
use store_postgres::idempotency::{self, KeyClaim};
use store_postgres::{refunds, saga};
use uuid::Uuid;

use crate::Checkout;

impl Checkout {
    /// Runs `work` if this is the key's first request, else returns the stored outcome. If the first
    /// request's process died, what it began is completed here. Without a key, `work` just runs.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is running; else
    /// whatever `work` returns.
    pub async fn run_idempotent<T, W>(
        &self,
        key: Option<IdempotencyKey>,
        work: impl FnOnce(Option<KeyClaim>) -> W,
    ) -> Result<Idempotent<T>>
    where
        T: DeserializeOwned,
        W: Future<Output = Result<T>>,
    {
        let Some(key) = key else { return work(None).await.map(Idempotent::first) };
        // Twice: after what a dead process began is completed, its key has an outcome or is free.
        for _ in 0..2 {
            match self.claim(&key).await? {
                Start::First(claim) => {
                    let outcome = work(Some(claim.clone())).await;
                    if let Err(problem) = &outcome {
                        self.release_after_rejection(&claim, problem).await;
                    }
                    return outcome.map(Idempotent::first);
                }
                Start::Replay(done) => return Ok(done),
                Start::Resume(subject) => self.resume_abandoned(subject).await?,
            }
        }
        Err(in_progress(1.0))
    }

    async fn claim<T: DeserializeOwned>(&self, key: &IdempotencyKey) -> Result<Start<KeyClaim, Uuid, T>> {
        let mut db = self.orders.acquire().await?;
        idempotency::claim(&mut db, key, LOCK_SECONDS.into()).await?.start()
    }

    /// Frees the key of a request that was rejected before any effect. After an outage or a bug the
    /// effect is unknown: the key stays locked, and recovery completes what was begun.
    async fn release_after_rejection(&self, claim: &KeyClaim, problem: &Problem) {
        if [ProblemKind::Unavailable, ProblemKind::Internal].contains(&problem.kind()) {
            return;
        }
        let released = async {
            let mut db = self.orders.acquire().await?;
            idempotency::release_claim(&mut db, claim).await
        };
        if let Err(error) = released.await {
            tracing::warn!(%error, "An idempotency key could not be released; it is free again once its lock expires.");
        }
    }

    /// Completes what a dead process began: the saga of this payment, or this refund.
    pub(crate) async fn resume_abandoned(&self, subject: Uuid) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        let saga_runs = saga::claim_stale(&mut db, 0.0, Some(subject), 1).await?;
        let refunds = refunds::claim_stale(&mut db, 0.0, Some(subject), 1).await?;
        drop(db);
        for saga_run in saga_runs {
            self.resume(saga_run).await?;
        }
        for refund in &refunds {
            self.execute_refund(refund).await.map(drop)?;
        }
        Ok(())
    }
}
