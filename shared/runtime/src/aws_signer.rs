//! The AWS identity of this process, from Lambda's environment variables: enough to sign with,
//! without the SDK's search for credentials, which costs more at startup than everything else
//! together.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use domain::Timestamp;

use crate::aws::read_credentials;
use crate::{ConfigError, Env};

/// Keys and a region. In Lambda they are valid for the whole life of the process.
#[derive(Clone)]
pub struct AwsSigner {
    identity: Identity,
    region: String,
}

/// A request that could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("a request could not be signed: {0}")]
pub struct SigningError(String);

impl AwsSigner {
    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_REGION`.
    ///
    /// # Errors
    /// When a required one is not set; the error names it.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { identity: read_credentials(env)?.into(), region: env.required("AWS_REGION")? })
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// The same keys in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { identity: self.identity.clone(), region: region.to_owned() }
    }

    /// A presigned GET: anyone who has the URL may call it for `life`.
    ///
    /// # Errors
    /// When the URL cannot be parsed.
    pub fn presign(&self, service: &str, url: &str, life: Duration, now: Timestamp) -> Result<String, SigningError> {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(life);
        let params = self.signing_params(service, settings, now)?;
        let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(b""));
        let (instructions, _) = sign(request.map_err(signing_error)?, &params).map_err(signing_error)?.into_parts();
        let mut request = http::Request::get(url).body(()).map_err(signing_error)?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.uri().to_string())
    }

    /// Signs a request whose body is `body`.
    ///
    /// # Errors
    /// When one of its headers is no text.
    pub fn sign<B>(
        &self,
        service: &str,
        request: &mut http::Request<B>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SigningError> {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = self.signing_params(service, settings, now)?;
        let headers: Result<Vec<_>, _> =
            request.headers().iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?))).collect();
        let headers = headers.map_err(|e: http::header::ToStrError| signing_error(e))?;
        let uri = request.uri().to_string();
        let signable =
            SignableRequest::new(request.method().as_str(), &uri, headers.into_iter(), SignableBody::Bytes(body));
        let (instructions, _) = sign(signable.map_err(signing_error)?, &params).map_err(signing_error)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    fn signing_params<'a>(
        &'a self,
        service: &'a str,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<SigningParams<'a>, SigningError> {
        let time = UNIX_EPOCH + Duration::from_millis(now.millis().unsigned_abs());
        let params = v4::SigningParams::builder().identity(&self.identity).region(&self.region).name(service);
        Ok(params.time(time).settings(settings).build().map_err(signing_error)?.into())
    }
}

/// The SDK's errors about signing name headers and URLs, never a key.
fn signing_error(error: impl std::fmt::Display) -> SigningError {
    SigningError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by botocore's `SigV4Auth` for the same request at the same moment.
    const SIGNATURE: &str = "36820278b63f611520de14ea60fe0313890066049a6e7e7bae83bc6bf2f5f49c";
    const BODY: &str = r#"{"SecretId":"arn:aws:secretsmanager:eu-central-1:1:secret:shop"}"#;

    #[test]
    fn a_request_is_signed_as_another_library_signs_it() {
        let identity = AwsSigner::from_env(&Env::from_iter([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "session"),
        ]));
        let mut request = http::Request::post("https://secretsmanager.eu-central-1.amazonaws.com/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("content-length", BODY.len())
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .body(())
            .unwrap();
        let at = Timestamp::new("2026-11-24T13:05:09Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let identity = identity.unwrap().in_region("eu-central-1");
        identity.sign("secretsmanager", &mut request, BODY.as_bytes(), at).unwrap();
        let signed = request.headers()["authorization"].to_str().unwrap();
        assert!(signed.ends_with(SIGNATURE), "{signed}");
    }
}
