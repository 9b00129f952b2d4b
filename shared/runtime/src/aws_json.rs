//! Signed JSON requests to AWS services of which one call is needed: no SDK is linked, nor compiled,
//! for those. Retries are the caller's.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use crate::aws_signer::AwsSigner;
use crate::{Clock, with_timeout};

/// REST services name an error in this header, and repeat it in the body or not.
const ERROR_HEADER: &str = "x-amzn-errortype";

/// A client with its connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AwsJsonClient(Arc<Connector>);

/// A request to sign and send.
#[derive(Clone, Copy, Debug)]
pub struct AwsJsonRequest<'a> {
    /// The name that the signature covers, such as `ses`.
    pub service: &'a str,
    pub url: &'a str,
    pub content_type: &'a str,
    /// What the service needs further, such as `x-amz-target`.
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a Value,
}

/// A response, also one that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsJsonResponse {
    pub status: u16,
    /// `Null` if it was no JSON.
    pub body: Value,
    error_header: Option<String>,
}

impl Default for AwsJsonClient {
    fn default() -> Self {
        Self(Arc::new(Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()))
    }
}

impl AwsJsonClient {
    /// Sends a request once and waits at most `timeout` for the whole response.
    ///
    /// # Errors
    /// When it cannot be signed, or no response arrived. The service may have carried it out.
    pub async fn post(
        &self,
        request: AwsJsonRequest<'_>,
        signer: &AwsSigner,
        clock: &Clock,
        timeout: Duration,
    ) -> Result<AwsJsonResponse, String> {
        let request = build_request(request, signer, clock)?;
        let exchange = async {
            let response = self.0.call(request).await.map_err(|e| e.to_string())?;
            read_response(response).await
        };
        with_timeout(timeout, exchange).await.map_err(|elapsed| elapsed.to_string())?
    }
}

impl AwsJsonResponse {
    /// The error's name, such as `AccessDeniedException`, without its text, which may repeat what was
    /// sent.
    pub fn error_code(&self) -> &str {
        let in_body = ["__type", "code"].into_iter().find_map(|member| self.body.get(member)?.as_str());
        let code = self.error_header.as_deref().or(in_body).unwrap_or("an unknown rejection");
        // `com.amazonaws.ses#MessageRejected:http://internal.amazonaws.com/…`
        let code = code.split(':').next().unwrap_or(code);
        code.rsplit('#').next().unwrap_or(code)
    }
}

fn build_request(request: AwsJsonRequest<'_>, signer: &AwsSigner, clock: &Clock) -> Result<HttpRequest, String> {
    let body = request.body.to_string();
    let mut signed = http::Request::post(request.url)
        .header(http::header::CONTENT_TYPE, request.content_type)
        .header(http::header::CONTENT_LENGTH, body.len());
    for (name, value) in request.headers {
        signed = signed.header(*name, *value);
    }
    let mut signed = signed.body(SdkBody::from(body.as_str())).map_err(|e| e.to_string())?;
    signer.sign(request.service, &mut signed, body.as_bytes(), clock.now()).map_err(|e| e.to_string())?;
    HttpRequest::try_from(signed).map_err(|e| e.to_string())
}

async fn read_response(response: HttpResponse) -> Result<AwsJsonResponse, String> {
    let status = response.status().as_u16();
    let error_header = response.headers().get(ERROR_HEADER).map(str::to_owned);
    let bytes = ByteStream::new(response.into_body()).collect().await.map_err(|e| e.to_string())?.into_bytes();
    Ok(AwsJsonResponse { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), error_header })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_named_wherever_its_service_puts_the_name() {
        let cases = [
            (Some("MessageRejected"), json!({"message": "no"}), "MessageRejected"),
            (Some("BadRequestException:http://internal.amazonaws.com/"), json!(null), "BadRequestException"),
            (None, json!({"__type": "com.amazonaws.secretsmanager#ThrottlingException"}), "ThrottlingException"),
            (None, json!({"code": "AccessDenied", "message": "ada@example.org"}), "AccessDenied"),
            (None, json!({"__type": 7}), "an unknown rejection"),
            (None, json!(null), "an unknown rejection"),
        ];
        for (header, body, expected) in cases {
            let response = AwsJsonResponse { status: 400, body, error_header: header.map(str::to_owned) };
            assert_eq!(response.error_code(), expected);
        }
    }
}
