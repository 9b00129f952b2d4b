//! An action of a customer: its request, and what follows its response.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, anyhow};
use api_client::{ApiRequest, ApiResponse};

use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

/// Something that a customer does in the shop.
pub(crate) trait Action: Debug + Send + Sync {
    fn kind(&self) -> ActionKind;

    /// The request; the same each time except for the token.
    fn request(&self, me: &UserState) -> ApiRequest;

    /// Handles the response. Disruptions (503, 429, 401 and other 5xx) are handled elsewhere.
    ///
    /// # Errors
    /// When the response is unexpected.
    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep>;

    /// Whether it is repeated if no response arrived. Plain reads are not.
    fn is_retryable(&self) -> bool {
        true
    }
}

/// A request and its response.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: ApiRequest,
    pub(crate) response: ApiResponse,
    /// 1 for the first.
    pub(crate) attempt: u32,
}

/// What follows a response.
#[derive(Debug)]
pub(crate) enum NextStep {
    Done,
    /// The same again, after a pause.
    Retry(Duration),
    Then(Box<dyn Action>),
}

impl Exchange {
    pub(super) fn status(&self) -> u16 {
        self.response.status.as_u16()
    }

    /// An earlier attempt may have taken effect.
    pub(super) fn is_retry(&self) -> bool {
        self.attempt > 1
    }

    pub(super) fn unexpected_response<T>(&self) -> Result<T> {
        Err(anyhow!(
            "{} {} (try {}): {}",
            self.request.method,
            self.request.path_and_query,
            self.attempt,
            self.response
        ))
    }
}
