//! Requests with an idempotency key: done once, answered the same way every time.

use domain::idempotency::{LOCK_SECONDS, in_progress, other_body};
use domain::{Kind, Problem, Result};
use postgres::idempotency::{self, Claim, Kept};
use postgres::{refunds, saga};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Checkout;

pub use postgres::idempotency::Key;

/// What a key's first request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before<T> {
    /// Its outcome.
    pub outcome: T,
    /// Its id, which its answer carried.
    pub request_id: String,
}

impl Checkout {
    /// Claims a key: `None` when the request may begin, what it came to when it was done before.
    /// One whose process died is first brought to its end.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is under way.
    pub async fn claim<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Before<T>>> {
        for _ in 0..2 {
            let mut db = self.orders.acquire().await?;
            let claim = idempotency::claim(&mut db, key, LOCK_SECONDS.into()).await?;
            drop(db);
            match claim {
                Claim::Ours => return Ok(None),
                Claim::Kept(Kept { outcome, request_id }) => {
                    let outcome = serde_json::from_str(&outcome).map_err(Problem::internal)?;
                    return Ok(Some(Before { outcome, request_id }));
                }
                Claim::OtherBody => return Err(other_body()),
                Claim::Busy(seconds) => return Err(in_progress(seconds)),
                Claim::Abandoned(subject) => self.bring_to_its_end(subject).await?,
            }
        }
        Err(in_progress(1.0))
    }

    /// After a claimed request failed: a refusal before any effect gives the key back; what
    /// stays unknown keeps it, until its outcome is known.
    pub async fn after_failure(&self, key: &Key, problem: &Problem) {
        if [Kind::Unavailable, Kind::Internal].contains(&problem.kind()) {
            return;
        }
        let given_up = async {
            let mut db = self.orders.acquire().await?;
            idempotency::give_up(&mut db, key).await
        };
        if let Err(error) = given_up.await {
            tracing::warn!(%error, "An idempotency key could not be given back; it is free again after its deadline.");
        }
    }

    async fn bring_to_its_end(&self, subject: Uuid) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        let journeys = saga::take_over(&mut db, 0.0, Some(subject), 1).await?;
        let intended = refunds::take_over(&mut db, 0.0, Some(subject), 1).await?;
        drop(db);
        for journey in &journeys {
            self.settle(journey).await?;
        }
        for refund in &intended {
            self.carry_out(refund).await.map(drop)?;
        }
        Ok(())
    }
}

/// What a key will answer from now on. Outcomes are plain data: they always have a JSON form.
pub(crate) fn keep<T: Serialize>(outcome: &T) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}
