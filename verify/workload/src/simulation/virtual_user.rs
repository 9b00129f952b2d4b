//! One virtual customer, who gets requests answered, as a good client does: a request that was lost,
//! rejected for now, or is still in progress is repeated, with the same key and the same bytes, and
//! in between the customer does other things.

use std::sync::Arc;
use std::time::Duration;

use api_client::{ApiRequest, ApiResponse, TransportError};
use rand::Rng;
use tokio::time::Instant;

use super::action_kind::ActionKind;
use super::actions::{self, Action, Exchange, NextStep};
use super::response_stats::Observation;
use super::shared_state::SharedState;
use super::tolerance::Disruption;
use super::user_state::UserState;
use crate::balancer::label;

/// The pause before a request that was not accepted is sent again.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(200);
/// The pause before a request is repeated whose response was lost, or that was rejected without a
/// time.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);
/// Concurrent requests of one customer; more would be a crowd.
const MAX_PENDING: usize = 10;
/// The longest pause that a response may demand.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// An action that is to be done, or repeated.
#[derive(Debug)]
struct PendingRequest {
    action: Box<dyn Action>,
    due: Instant,
    attempts: u32,
}

impl PendingRequest {
    fn new(deed: Box<dyn Action>, due: Instant) -> Self {
        Self { action: deed, due, attempts: 0 }
    }
}

/// A customer, and their pending requests.
#[derive(Debug)]
pub(crate) struct VirtualUser {
    pub(crate) state: UserState,
    pending: Vec<PendingRequest>,
    /// The last request met a disruption, not a response.
    pub(crate) must_back_off: bool,
}

impl VirtualUser {
    pub(crate) fn new(shared: Arc<SharedState>, index: usize, seed: u64) -> Self {
        Self { state: UserState::new(shared, index, seed), pending: Vec::new(), must_back_off: false }
    }

    /// Sends one request: a pending one, or a new one.
    pub(crate) async fn send_next(&mut self, due: Instant) {
        let errand = if self.state.account.as_ref().is_some_and(|account| account.token.is_empty()) {
            PendingRequest::new(actions::log_in::into_known_account(), due)
        } else if let Some(errand) = self.pop_due() {
            errand
        } else if self.pending.len() < MAX_PENDING {
            PendingRequest::new(self.choose_action(), due)
        } else {
            self.wait_for_next_due().await
        };
        self.send_pending(errand).await;
    }

    fn choose_action(&mut self) -> Box<dyn Action> {
        let is_signing_up = self.pending.iter().any(|errand| errand.action.kind() == ActionKind::SignUp);
        actions::choose_action(&mut self.state, is_signing_up, !self.pending.is_empty())
    }

    fn pop_due(&mut self) -> Option<PendingRequest> {
        let now = Instant::now();
        let place = self.pending.iter().position(|errand| errand.due <= now)?;
        Some(self.pending.swap_remove(place))
    }

    /// The next due one, at its time. There must be one.
    async fn wait_for_next_due(&mut self) -> PendingRequest {
        let next = self.pending.iter().enumerate().min_by_key(|(_, errand)| errand.due);
        let (place, due) = next.map(|(place, errand)| (place, errand.due)).expect("one is open");
        tokio::time::sleep_until(due).await;
        self.pending.swap_remove(place)
    }

    /// Completes pending requests, within the timeout; those that are still pending then are
    /// counted.
    pub(crate) async fn drain_pending(&mut self, patience: Duration) {
        let ends = Instant::now() + patience;
        while let Some(next) = self.pending.iter().map(|errand| errand.due).min() {
            if next >= ends {
                break;
            }
            tokio::time::sleep_until(next).await;
            self.send_next(Instant::now()).await;
        }
        for errand in &self.pending {
            self.state.shared.stats.record_unanswered(errand.action.kind());
        }
    }

    async fn send_pending(&mut self, mut errand: PendingRequest) {
        errand.attempts += 1;
        let request = errand.action.request(&self.state);
        match self.state.shared.shop.send(&request).await {
            Ok(response) => self.handle_response(errand, request, response).await,
            Err(TransportError::ResponseLost(why)) => {
                self.record_disruption(&errand, Disruption::ReplyLost, None, Disruption::ReplyLost.name(), &why);
                self.retry_later(errand, DEFAULT_PAUSE);
            }
            Err(TransportError::NotSent(why)) => {
                self.record_disruption(&errand, Disruption::Unreachable, None, Disruption::Unreachable.name(), &why);
                self.retry_later(errand, UNREACHABLE_PAUSE);
            }
        }
    }

    async fn handle_response(&mut self, errand: PendingRequest, request: ApiRequest, response: ApiResponse) {
        let took = Some(errand.due.elapsed());
        let label = label(&response);
        let pause = response.retry_after().unwrap_or(DEFAULT_PAUSE).min(MAX_PAUSE);
        match response.status.as_u16() {
            503 => {
                self.record_disruption(&errand, Disruption::Unavailable, took, &label, &response);
                self.retry_later(errand, pause);
            }
            429 => {
                self.record_disruption(&errand, Disruption::RateLimited, took, &label, &response);
                self.retry_later(errand, pause);
            }
            401 if request.has_token() => {
                self.record_disruption(&errand, Disruption::SessionLost, took, &label, &response);
                self.handle_lost_session(&errand).await;
                self.retry_later(errand, Duration::ZERO);
            }
            409 if errand.attempts > 1 && response.error_code() == "idempotency_in_progress" => {
                self.record_response(&errand, took, &label, None);
                self.retry_later(errand, pause);
            }
            500.. => self.record_response(&errand, took, &label, Some(response.to_string())),
            _ => self.handle_final_response(errand, took, request, response),
        }
    }

    fn handle_final_response(
        &mut self,
        mut errand: PendingRequest,
        took: Option<Duration>,
        request: ApiRequest,
        answer: ApiResponse,
    ) {
        let label = label(&answer);
        let exchange = Exchange { request, response: answer, attempt: errand.attempts };
        match errand.action.handle_response(&mut self.state, &exchange) {
            Ok(next) => {
                self.record_response(&errand, took, &label, None);
                match next {
                    NextStep::Done => {}
                    NextStep::Retry(pause) => self.retry_later(errand, pause),
                    NextStep::Then(deed) => self.pending.push(PendingRequest::new(deed, Instant::now())),
                }
            }
            Err(surprise) => self.record_response(&errand, took, &label, Some(format!("{surprise:#}"))),
        }
    }

    /// The session is gone: the next turn logs in.
    async fn handle_lost_session(&mut self, errand: &PendingRequest) {
        if !errand.action.kind().needs_admin() {
            if let Some(account) = &mut self.state.account {
                account.token.clear();
            }
            return;
        }
        if let Some(admin) = &self.state.shared.admin
            && let Err(error) = admin.renew_session(&self.state.shared.shop).await
        {
            self.record_response(errand, None, "401", Some(format!("{error:#}")));
        }
    }

    /// Repeats a request, if that makes sense. Not all at once: up to a quarter later than
    /// requested.
    fn retry_later(&mut self, errand: PendingRequest, pause: Duration) {
        if !errand.action.is_retryable() {
            return;
        }
        let due = Instant::now() + pause.mul_f64(self.state.rng.random_range(1.0..1.25));
        self.pending.push(PendingRequest { due, ..errand });
    }

    fn record_disruption(
        &mut self,
        errand: &PendingRequest,
        trouble: Disruption,
        took: Option<Duration>,
        label: &str,
        detail: &dyn std::fmt::Display,
    ) {
        let surprise = (!self.state.shared.tolerance.includes(trouble)).then(|| detail.to_string());
        self.record_response(errand, took, label, surprise);
        self.must_back_off = true;
    }

    fn record_response(&self, errand: &PendingRequest, took: Option<Duration>, label: &str, surprise: Option<String>) {
        self.state.shared.stats.record(Observation {
            kind: errand.action.kind(),
            latency: took,
            label,
            unexpected: surprise,
        });
    }
}
