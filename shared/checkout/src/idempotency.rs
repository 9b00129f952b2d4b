//! Requests with an idempotency key: done once, answered the same way every time.

use domain::idempotency::{LOCK_SECONDS, body_mismatch, in_progress};
use domain::{Problem, ProblemKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store_postgres::idempotency::{self, ClaimOutcome, KeyClaim, StoredOutcome};
use store_postgres::{refunds, saga};
use uuid::Uuid;

use crate::Checkout;

pub use store_postgres::idempotency::{KeyClaim as KeyTicket, RequestKey};

/// What a request came to, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent<T> {
    /// Its outcome.
    pub outcome: T,
    /// The id of the request that had it before, which its answer carried; `None` when this one
    /// has it.
    pub replay_of: Option<String>,
}

impl Checkout {
    /// Does a request's work once for its key, and answers what it came to before where that is
    /// known. Without a key, it is simply done. One whose process died is first brought to its
    /// end. A refusal before any effect gives the key back; what stays unknown keeps it.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is under way;
    /// otherwise what the work ends with.
    pub async fn run_idempotent<T, W>(
        &self,
        key: Option<RequestKey>,
        work: impl FnOnce(Option<KeyClaim>) -> W,
    ) -> Result<Idempotent<T>>
    where
        T: DeserializeOwned,
        W: Future<Output = Result<T>>,
    {
        let ticket = match &key {
            None => None,
            Some(key) => match self.claim(key).await? {
                Start::First(ticket) => Some(ticket),
                Start::Replay(once) => return Ok(once),
            },
        };
        let outcome = work(ticket.clone()).await;
        if let (Some(ticket), Err(problem)) = (&ticket, &outcome) {
            self.release_after_rejection(ticket, problem).await;
        }
        Ok(Idempotent { outcome: outcome?, replay_of: None })
    }

    async fn claim<T: DeserializeOwned>(&self, key: &RequestKey) -> Result<Start<T>> {
        for _ in 0..2 {
            let mut db = self.orders.acquire().await?;
            let claim = idempotency::claim(&mut db, key, LOCK_SECONDS.into()).await?;
            drop(db);
            match claim {
                ClaimOutcome::Claimed(ticket) => return Ok(Start::First(ticket)),
                ClaimOutcome::Replay(StoredOutcome { outcome, request_id }) => {
                    let outcome = serde_json::from_str(&outcome).map_err(Problem::internal)?;
                    return Ok(Start::Replay(Idempotent { outcome, replay_of: Some(request_id) }));
                }
                ClaimOutcome::FingerprintMismatch => return Err(body_mismatch()),
                ClaimOutcome::InProgress(seconds) => return Err(in_progress(seconds)),
                ClaimOutcome::Abandoned(subject) => self.resume_abandoned(subject).await?,
            }
        }
        Err(in_progress(1.0))
    }

    async fn release_after_rejection(&self, ticket: &KeyClaim, problem: &Problem) {
        if [ProblemKind::Unavailable, ProblemKind::Internal].contains(&problem.kind()) {
            return;
        }
        let given_up = async {
            let mut db = self.orders.acquire().await?;
            idempotency::release_claim(&mut db, ticket).await
        };
        if let Err(error) = given_up.await {
            tracing::warn!(%error, "An idempotency key could not be given back; it is free again after its deadline.");
        }
    }

    async fn resume_abandoned(&self, subject: Uuid) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        let saga_runs = saga::claim_stale(&mut db, 0.0, Some(subject), 1).await?;
        let intended = refunds::claim_stale(&mut db, 0.0, Some(subject), 1).await?;
        drop(db);
        for saga_run in &saga_runs {
            self.resume(saga_run).await?;
        }
        for refund in &intended {
            self.execute_refund(refund).await.map(drop)?;
        }
        Ok(())
    }
}

enum Start<T> {
    First(KeyClaim),
    Replay(Idempotent<T>),
}

/// What a key will answer from now on. Outcomes are plain data: they always have a JSON form.
pub(crate) fn to_stored_outcome<T: Serialize>(outcome: &T) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}
