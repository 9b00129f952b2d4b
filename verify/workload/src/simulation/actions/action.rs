//! Something that a customer wants of the shop, what is asked for it, and what comes after the answer.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::shop_client::{Request, Response};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

/// Something that a customer wants of the shop.
pub(crate) trait Action: Debug + Send + Sync {
    fn kind(&self) -> ActionKind;

    /// What is asked; the same each time but for the token.
    fn request(&self, me: &UserState) -> Request;

    /// What the answer means. Troubles (503, 429, 401 and other 5xx) do not come here.
    ///
    /// # Errors
    /// When the shop should not have answered that.
    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep>;

    /// Whether it is asked again when no answer came. Who only looked looks elsewhere.
    fn is_retryable(&self) -> bool {
        true
    }
}

/// A request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) response: Response,
    /// 1 for the first.
    pub(crate) attempt: u32,
}

/// What comes after an answer.
#[derive(Debug)]
pub(crate) enum NextStep {
    Done,
    /// The same again, after a pause.
    Retry(Duration),
    Then(Box<dyn Action>),
}

impl Exchange {
    pub(super) fn status(&self) -> u16 {
        self.response.status
    }

    /// An earlier try may have taken effect.
    pub(super) fn is_retry(&self) -> bool {
        self.attempt > 1
    }

    pub(super) fn unexpected_response<T>(&self) -> Result<T> {
        Err(anyhow!("{} {} (try {}): {}", self.request.method, self.request.path, self.attempt, self.response))
    }
}
