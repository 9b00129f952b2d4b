//! The call being served: its request id and its deadline, carried beside the code and not
//! through every signature.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::UserId;
use tokio::time::Instant;

use crate::{Clock, Trace};

tokio::task_local! {
    static CALL: Call;
}

/// What is kept back from an invocation's time to write the answer: we answer 503, we are never
/// killed.
const RESERVE: Duration = Duration::from_millis(500);

/// The longest time that Lambda gives an invocation.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What an invocation has left until its deadline, in milliseconds since 1970 as the Runtime API
/// tells it. `cargo lambda watch` tells a length of time instead, and that is taken for what it is.
pub fn time_left(deadline: u64, clock: &Clock) -> Duration {
    let deadline = Duration::from_millis(deadline);
    if deadline <= LONGEST {
        return deadline;
    }
    deadline.saturating_sub(Duration::from_millis(clock.now().millis().unsigned_abs()))
}

/// One request or one queued message being served.
#[derive(Clone, Debug)]
pub struct Call {
    request_id: String,
    trace: Option<Trace>,
    deadline: Instant,
    target: Option<Arc<Target>>,
    caller: Arc<OnceLock<UserId>>,
}

/// What a request asks for, as its log lines group.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) method: String,
    /// The route's pattern, never the path itself.
    pub(crate) route: String,
}

impl Call {
    /// `left` is what remains until the platform ends the invocation.
    pub fn new(request_id: impl Into<String>, left: Duration) -> Self {
        let deadline = Instant::now() + left.saturating_sub(RESERVE);
        Self { request_id: request_id.into(), trace: None, deadline, target: None, caller: Arc::default() }
    }

    /// The same, as a request to the route with this pattern.
    #[must_use]
    pub fn asking(self, method: &str, route: &str) -> Self {
        let target = Target { method: method.to_owned(), route: route.to_owned() };
        Self { target: Some(Arc::new(target)), ..self }
    }

    /// The same, as part of a trace.
    #[must_use]
    pub fn traced(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// Runs `work` as this call.
    pub async fn serve<F: Future>(self, work: F) -> F::Output {
        CALL.scope(self, work).await
    }
}

/// The id of the request being served, for events and logs; `None` outside of one.
pub fn current_request_id() -> Option<String> {
    CALL.try_with(|call| call.request_id.clone()).ok()
}

/// The trace of the request being served, for the queues; `None` where nobody traces.
pub fn current_trace() -> Option<Trace> {
    CALL.try_with(|call| call.trace.clone()).ok().flatten()
}

/// What is asked for; `None` outside of an HTTP request.
pub(crate) fn current_target() -> Option<Arc<Target>> {
    CALL.try_with(|call| call.target.clone()).ok().flatten()
}

/// Notes whose request is being served, once their token was found good: the security log and the
/// request's further lines name them by their id.
pub fn called_by(user: UserId) {
    // The first one stays: a request has one caller.
    let _ = CALL.try_with(|call| call.caller.set(user));
    tracing::Span::current().record("user.id", tracing::field::display(user));
}

/// Whose request is being served, where that is known.
pub(crate) fn current_caller() -> Option<UserId> {
    CALL.try_with(|call| call.caller.get().copied()).ok().flatten()
}

/// A remote call took longer than its cap, or than the invocation has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {} ms", .0.as_millis())]
pub struct Elapsed(Duration);

/// Awaits a remote call for at most `cap`, and never past the current call's deadline.
///
/// # Errors
/// When time runs out; whether the call took effect is then unknown.
pub async fn within<F: Future>(cap: Duration, work: F) -> Result<F::Output, Elapsed> {
    let left = CALL.try_with(|call| call.deadline.saturating_duration_since(Instant::now())).unwrap_or(cap);
    let bound = cap.min(left);
    tokio::time::timeout(bound, work).await.map_err(|_| Elapsed(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_moment_or_a_length_of_time() {
        let clock = Clock::system();
        let now = u64::try_from(clock.now().millis()).unwrap();
        assert!((28_000..=30_000).contains(&time_left(now + 30_000, &clock).as_millis()));
        assert_eq!(time_left(now - 30_000, &clock), Duration::ZERO);
        assert_eq!(time_left(600_000, &clock), Duration::from_secs(600));
    }

    #[tokio::test]
    async fn a_call_ends_at_the_earlier_of_cap_and_deadline() {
        let forever = std::future::pending::<()>;
        let cap = Duration::from_millis(20);
        assert_eq!(within(cap, forever()).await, Err(Elapsed(cap)));
        let call = Call::new("r", RESERVE + Duration::from_millis(5));
        let ended = call.serve(within(Duration::from_secs(60), forever())).await;
        assert!(matches!(ended, Err(Elapsed(bound)) if bound <= Duration::from_millis(5)));
    }
}
