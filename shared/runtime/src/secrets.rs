//! Secrets that the environment refers to: `X_SECRET` names a secret of Secrets Manager, and its
//! text becomes `X`. Fetched once at startup, in parallel, by one signed request each; a process
//! without such variables pays nothing, and no process links a whole SDK for it.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::aws_json::{AwsJsonClient, AwsJsonRequest};
use crate::aws_signer::AwsSigner;
use crate::{Clock, ConfigError, Env};

/// The suffix of a variable that refers to a secret.
const SECRET_SUFFIX: &str = "_SECRET";
const SERVICE: &str = "secretsmanager";
/// The longest wait for one attempt, TLS included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Throttling and lost connections pass; a start may take 10 s in all.
const MAX_ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(200);

/// A secret could not be read. Contains neither a secret nor a key.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment contradicts itself, or a variable is invalid.
    #[error("the environment variable {name} {reason}")]
    InvalidVariable {
        /// The name of the variable.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There are no credentials to sign with.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Secrets Manager did not return it.
    #[error("the secret {arn} could not be read: {reason}")]
    Unreadable {
        /// The ARN of the secret.
        arn: String,
        /// The error of the service.
        reason: String,
    },
}

/// A variable that refers to a secret, or to one member of it.
struct SecretReference {
    name: String,
    arn: String,
    member: Option<String>,
}

impl Env {
    /// A copy in which each `X_SECRET=<ARN>` or `X_SECRET=<ARN>#<member>` (a member of a secret
    /// that is a JSON object) is replaced by `X` and its text.
    ///
    /// # Errors
    /// When a variable is set in both forms, or a secret cannot be read.
    pub async fn resolve_secrets(self) -> Result<Self, SecretError> {
        let pointers = self.secret_references()?;
        if pointers.is_empty() {
            return Ok(self);
        }
        let (identity, clock) = (AwsSigner::from_env(&self)?, Clock::system());
        let endpoint = self.optional("AWS_ENDPOINT_URL_SECRETSMANAGER");
        let client = AwsJsonClient::default();
        let mut arns: Vec<&str> = pointers.iter().map(|pointer| pointer.arn.as_str()).collect();
        arns.sort_unstable();
        arns.dedup();
        let fetch = async |arn: &str| {
            let text = fetch_secret(&client, &identity, endpoint.as_deref(), arn, &clock).await;
            text.map(|text| (arn.to_owned(), text))
                .map_err(|reason| SecretError::Unreadable { arn: arn.to_owned(), reason })
        };
        let texts: HashMap<String, String> = try_join_all(arns.into_iter().map(fetch)).await?.into_iter().collect();
        let values: Result<Vec<_>, _> = pointers.iter().map(|pointer| pointer.resolve(&texts[&pointer.arn])).collect();
        Ok(self.with_overrides(values?))
    }

    fn secret_references(&self) -> Result<Vec<SecretReference>, SecretError> {
        let wrong = |name: &str, reason| SecretError::InvalidVariable { name: name.to_owned(), reason };
        let mut pointers = Vec::new();
        for (variable, text) in self.iter() {
            let Some(name) = variable.strip_suffix(SECRET_SUFFIX).filter(|_| !text.is_empty()) else { continue };
            if self.optional(name).is_some() {
                return Err(wrong(variable, "is set together with the variable that it replaces"));
            }
            let (arn, member) = text.split_once('#').map_or((text, None), |(arn, member)| (arn, Some(member)));
            if region_of_arn(arn).is_none() || member == Some("") {
                return Err(wrong(variable, "is no ARN of a secret, with or without #member"));
            }
            let (name, arn) = (name.to_owned(), arn.to_owned());
            pointers.push(SecretReference { name, arn, member: member.map(str::to_owned) });
        }
        Ok(pointers)
    }
}

impl SecretReference {
    fn resolve(&self, text: &str) -> Result<(String, String), SecretError> {
        let rejected = |reason: &str| SecretError::Unreadable { arn: self.arn.clone(), reason: reason.to_owned() };
        let Some(member) = &self.member else { return Ok((self.name.clone(), text.to_owned())) };
        let object: Value = serde_json::from_str(text).map_err(|_| rejected("it is no JSON object"))?;
        match object.get(member) {
            Some(Value::String(text)) => Ok((self.name.clone(), text.clone())),
            Some(other) if !other.is_null() => Ok((self.name.clone(), other.to_string())),
            _ => Err(rejected(&format!("it has no member {member}"))),
        }
    }
}

/// The region that an ARN of Secrets Manager names.
fn region_of_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(7, ':');
    let known = parts.next()? == "arn" && parts.next()?.starts_with("aws") && parts.next()? == SERVICE;
    let region = parts.next()?;
    let rest = [parts.next()?, parts.next()?, parts.next()?];
    (known && !region.is_empty() && rest[1] == "secret" && !rest[2].is_empty()).then_some(region)
}

async fn fetch_secret(
    client: &AwsJsonClient,
    identity: &AwsSigner,
    endpoint: Option<&str>,
    arn: &str,
    clock: &Clock,
) -> Result<String, String> {
    let region = region_of_arn(arn).unwrap_or_default();
    let domain = if arn.starts_with("arn:aws-cn:") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let url = endpoint.map_or_else(|| format!("https://{SERVICE}.{region}.{domain}/"), str::to_owned);
    let identity = identity.in_region(region);
    let body = json!({"SecretId": arn});
    let request = AwsJsonRequest {
        service: SERVICE,
        url: &url,
        content_type: "application/x-amz-json-1.1",
        headers: &[("x-amz-target", "secretsmanager.GetSecretValue")],
        body: &body,
    };
    let mut last = String::new();
    for tried in 0..MAX_ATTEMPTS {
        if tried > 0 {
            tokio::time::sleep(BACKOFF * tried).await;
        }
        match client.post(request, &identity, clock, ATTEMPT_TIMEOUT).await {
            Ok(reply) if reply.status == 200 => {
                let text = reply.body["SecretString"].as_str().map(str::to_owned);
                return text.ok_or_else(|| "it is no text".to_owned());
            }
            // The service would reject the same request again.
            Ok(reply) if reply.status < 500 && !reply.error_code().contains("Throttling") => {
                return Err(reply.error_code().to_owned());
            }
            Ok(reply) => last = format!("status {}", reply.status),
            Err(error) => last = error,
        }
    }
    Err(last)
}
