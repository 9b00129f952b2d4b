//! Requests with an idempotency key: done once, answered the same way every time.

use domain::idempotency::{LOCK_SECONDS, in_progress, other_body};
use domain::{Kind, Problem, Result};
use postgres::idempotency::{self, Claim, Kept, Ticket};
use postgres::{refunds, saga};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Checkout;

pub use postgres::idempotency::{Key, Ticket as KeyTicket};

/// What a request came to, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once<T> {
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
    pub async fn once<T, W>(&self, key: Option<Key>, work: impl FnOnce(Option<Ticket>) -> W) -> Result<Once<T>>
    where
        T: DeserializeOwned,
        W: Future<Output = Result<T>>,
    {
        let ticket = match &key {
            None => None,
            Some(key) => match self.claim(key).await? {
                Claimed::Begin(ticket) => Some(ticket),
                Claimed::Done(once) => return Ok(once),
            },
        };
        let outcome = work(ticket.clone()).await;
        if let (Some(ticket), Err(problem)) = (&ticket, &outcome) {
            self.after_failure(ticket, problem).await;
        }
        Ok(Once { outcome: outcome?, replay_of: None })
    }

    async fn claim<T: DeserializeOwned>(&self, key: &Key) -> Result<Claimed<T>> {
        for _ in 0..2 {
            let mut db = self.orders.acquire().await?;
            let claim = idempotency::claim(&mut db, key, LOCK_SECONDS.into()).await?;
            drop(db);
            match claim {
                Claim::Ours(ticket) => return Ok(Claimed::Begin(ticket)),
                Claim::Kept(Kept { outcome, request_id }) => {
                    let outcome = serde_json::from_str(&outcome).map_err(Problem::internal)?;
                    return Ok(Claimed::Done(Once { outcome, replay_of: Some(request_id) }));
                }
                Claim::OtherBody => return Err(other_body()),
                Claim::Busy(seconds) => return Err(in_progress(seconds)),
                Claim::Abandoned(subject) => self.bring_to_its_end(subject).await?,
            }
        }
        Err(in_progress(1.0))
    }

    async fn after_failure(&self, ticket: &Ticket, problem: &Problem) {
        if [Kind::Unavailable, Kind::Internal].contains(&problem.kind()) {
            return;
        }
        let given_up = async {
            let mut db = self.orders.acquire().await?;
            idempotency::give_up(&mut db, ticket).await
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

enum Claimed<T> {
    Begin(Ticket),
    Done(Once<T>),
}

/// What a key will answer from now on. Outcomes are plain data: they always have a JSON form.
pub(crate) fn keep<T: Serialize>(outcome: &T) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}
