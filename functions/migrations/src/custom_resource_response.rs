//! The response to CloudFormation: one PUT to a pre-signed URL, through the SDKs' own HTTP client.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use runtime::with_timeout;
use serde_json::Value;

/// The longest wait for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ATTEMPTS: u32 = 3;
/// The pause between two attempts; all of them end well before the invocation does.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// CloudFormation did not accept the response.
#[derive(Debug, thiserror::Error)]
#[error("CloudFormation did not accept the response: {0}")]
pub(crate) struct SendError(String);

/// # Errors
/// When no attempt succeeds.
pub(crate) async fn send(url: &str, response_body: &Value) -> Result<(), SendError> {
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build();
    let mut last = String::new();
    for _ in 0..MAX_ATTEMPTS {
        let reply = with_timeout(ATTEMPT_TIMEOUT, connector.call(build_request(url, response_body)?)).await;
        last = match reply {
            Ok(Ok(reply)) if reply.status().is_success() => return Ok(()),
            Ok(Ok(reply)) => format!("status {}", reply.status()),
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        tracing::warn!(reason = last, "The response to CloudFormation failed and is retried.");
        tokio::time::sleep(RETRY_DELAY).await;
    }
    Err(SendError(last))
}

fn build_request(url: &str, response_body: &Value) -> Result<HttpRequest, SendError> {
    let body = response_body.to_string();
    // The signature covers an empty content type: any other is rejected.
    let request =
        http::Request::put(url).header(http::header::CONTENT_TYPE, "").header(http::header::CONTENT_LENGTH, body.len());
    let request = request.body(SdkBody::from(body)).map_err(|_| SendError("the URL cannot be read".to_owned()))?;
    HttpRequest::try_from(request).map_err(|_| SendError("the URL cannot be read".to_owned()))
}
