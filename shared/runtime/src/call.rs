//! The call being served: its request id and its deadline, carried beside the code and not
//! through every signature.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::Trace;

tokio::task_local! {
    static CALL: Call;
}

/// What is kept back from an invocation's time to write the answer: we answer 503, we are never
/// killed.
const RESERVE: Duration = Duration::from_millis(500);

/// One request or one queued message being served.
#[derive(Clone, Debug)]
pub struct Call {
    request_id: String,
    trace: Option<Trace>,
    deadline: Instant,
}

impl Call {
    /// `left` is what remains until the platform ends the invocation.
    pub fn new(request_id: impl Into<String>, left: Duration) -> Self {
        let deadline = Instant::now() + left.saturating_sub(RESERVE);
        Self { request_id: request_id.into(), trace: None, deadline }
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
