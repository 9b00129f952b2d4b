//! Whether a response allows the client to retry.

use testkit::TestResponse;

/// The response only says that one may retry.
pub(super) fn is_retryable(reply: &TestResponse) -> bool {
    reply.status == 503 || (reply.status == 409 && reply.error_code() == "idempotency_in_progress")
}
