//! The request being served: its id and its deadline, passed in a task-local and not through every
//! signature.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::UserId;
use tokio::time::Instant;

use crate::{Clock, Trace};

tokio::task_local! {
    static CURRENT_REQUEST: RequestContext;
}

/// The part of an invocation's time that is reserved for writing the response: the function
/// responds 503 before the platform kills it.
const RESPONSE_RESERVE: Duration = Duration::from_millis(500);

/// The longest time that Lambda gives an invocation.
const MAX_INVOCATION: Duration = Duration::from_secs(15 * 60);

/// The time until an invocation's deadline, which the Runtime API gives in milliseconds since 1970.
/// `cargo lambda watch` gives a duration instead, and is handled as such.
pub fn remaining_time(deadline: u64, clock: &Clock) -> Duration {
    let deadline = Duration::from_millis(deadline);
    if deadline <= MAX_INVOCATION {
        return deadline;
    }
    deadline.saturating_sub(Duration::from_millis(clock.now().millis().unsigned_abs()))
}

/// One request or one queued message being served.
#[derive(Clone, Debug)]
pub struct RequestContext {
    request_id: String,
    trace: Option<Trace>,
    deadline: Instant,
    endpoint: Option<Arc<Endpoint>>,
    caller: Arc<OnceLock<UserId>>,
}

/// What a request calls, as log lines are grouped.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: String,
    /// The route's pattern, never the path itself.
    pub(crate) route: String,
}

impl RequestContext {
    /// `left` is the time until the platform ends the invocation.
    pub fn new(request_id: impl Into<String>, left: Duration) -> Self {
        let deadline = Instant::now() + left.saturating_sub(RESPONSE_RESERVE);
        Self { request_id: request_id.into(), trace: None, deadline, endpoint: None, caller: Arc::default() }
    }

    /// Adds the method and the pattern of the route.
    #[must_use]
    pub fn with_endpoint(self, method: &str, route: &str) -> Self {
        let target = Endpoint { method: method.to_owned(), route: route.to_owned() };
        Self { endpoint: Some(Arc::new(target)), ..self }
    }

    #[must_use]
    pub fn with_trace(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// Runs `work` within this context.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT_REQUEST.scope(self, work).await
    }
}

/// Makes work that another task will run a part of the request being served.
pub fn in_current_request<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let context = CURRENT_REQUEST.try_with(Clone::clone).ok();
    async move {
        match context {
            Some(context) => context.scope(work).await,
            None => work.await,
        }
    }
}

/// The id of the request being served, for events and logs; `None` outside of one.
pub fn current_request_id() -> Option<String> {
    CURRENT_REQUEST.try_with(|call| call.request_id.clone()).ok()
}

/// The trace of the request being served, for the queues; `None` without tracing.
pub fn current_trace() -> Option<Trace> {
    CURRENT_REQUEST.try_with(|call| call.trace.clone()).ok().flatten()
}

/// What is called; `None` outside of an HTTP request.
pub(crate) fn current_endpoint() -> Option<Arc<Endpoint>> {
    CURRENT_REQUEST.try_with(|call| call.endpoint.clone()).ok().flatten()
}

/// Records the caller of the request once the token is verified: the security log and the request's
/// further lines name the user by id.
pub fn set_caller(user: UserId) {
    // The first one stays: a request has one caller.
    let _ = CURRENT_REQUEST.try_with(|call| call.caller.set(user));
    tracing::Span::current().record("user.id", tracing::field::display(user));
}

/// The caller of the request, if known.
pub(crate) fn current_caller() -> Option<UserId> {
    CURRENT_REQUEST.try_with(|call| call.caller.get().copied()).ok().flatten()
}

/// A remote call took longer than its timeout, or than the time left to the invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no response within {} ms", .0.as_millis())]
pub struct TimedOut(Duration);

/// Awaits a remote call for at most `cap`, and never past the current deadline.
///
/// # Errors
/// When time runs out; it is then unknown whether the call took effect.
pub async fn with_timeout<F: Future>(cap: Duration, work: F) -> Result<F::Output, TimedOut> {
    let left = CURRENT_REQUEST.try_with(|call| call.deadline.saturating_duration_since(Instant::now())).unwrap_or(cap);
    let bound = cap.min(left);
    tokio::time::timeout(bound, work).await.map_err(|_| TimedOut(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_an_instant_or_a_duration() {
        let clock = Clock::system();
        let now = u64::try_from(clock.now().millis()).unwrap();
        assert!((28_000..=30_000).contains(&remaining_time(now + 30_000, &clock).as_millis()));
        assert_eq!(remaining_time(now - 30_000, &clock), Duration::ZERO);
        assert_eq!(remaining_time(600_000, &clock), Duration::from_secs(600));
    }

    #[tokio::test]
    async fn a_remote_call_ends_at_the_earlier_of_timeout_and_deadline() {
        let forever = std::future::pending::<()>;
        let cap = Duration::from_millis(20);
        assert_eq!(with_timeout(cap, forever()).await, Err(TimedOut(cap)));
        let call = RequestContext::new("r", RESPONSE_RESERVE + Duration::from_millis(5));
        let ended = call.scope(with_timeout(Duration::from_secs(60), forever())).await;
        assert!(matches!(ended, Err(TimedOut(bound)) if bound <= Duration::from_millis(5)));
    }
}
