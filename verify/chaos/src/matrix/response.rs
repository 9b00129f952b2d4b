//! Whether a response allows the client to retry, and retries.

use testkit::TestResponse;

/// The response only says that one may retry.
pub(super) fn is_retryable(reply: &TestResponse) -> bool {
    reply.status == 503 || (reply.status == 409 && reply.error_code() == "idempotency_in_progress")
}

/// How often a fault-free shop is retried: the machine may be busy.
const MAX_RETRIES: usize = 20;

/// Repeats a request until its response is final.
pub(super) async fn retry_until_final<W: Future<Output = TestResponse>>(ask: impl Fn() -> W) -> TestResponse {
    let mut reply = ask().await;
    for _ in 0..MAX_RETRIES {
        if !is_retryable(&reply) {
            break;
        }
        reply = ask().await;
    }
    reply
}
