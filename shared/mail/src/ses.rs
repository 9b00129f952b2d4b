//! The channel through Amazon SES: one call of its API, signed and sent without an SDK (decision 85).

use std::time::Duration;

use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{AwsJsonClient, AwsJsonRequest, AwsSigner, Clock, ConfigError, Env};
use serde_json::{Value, json};

use crate::{Layout, Mail, NotificationChannel, SendError};

/// The longest wait for SES to accept a mail. It is not retried here: the queue redelivers.
const SEND_TIMEOUT: Duration = Duration::from_secs(3);
/// The operation SendEmail.
const PATH: &str = "/v2/email/outbound-emails";

/// Mail from one sender. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct SesChannel {
    sender: String,
    layout: Layout,
    url: String,
    signer: AwsSigner,
    client: AwsJsonClient,
    clock: Clock,
}

impl SesChannel {
    /// Mail from `SES_SENDER`, if set, in `AWS_REGION`; to `AWS_ENDPOINT_URL_SESV2`, if a test replaces
    /// SES by its server.
    ///
    /// # Errors
    /// When there is a sender, but no region or credentials.
    pub fn from_env(env: &Env, layout: &Layout, clock: &Clock) -> Result<Option<Self>, ConfigError> {
        let Some(sender) = env.optional("SES_SENDER") else { return Ok(None) };
        let signer = AwsSigner::from_env(env)?;
        let endpoint = env.optional("AWS_ENDPOINT_URL_SESV2").unwrap_or_else(|| endpoint_of(signer.region()));
        let url = format!("{}{PATH}", endpoint.trim_end_matches('/'));
        let (layout, client, clock) = (layout.clone(), AwsJsonClient::default(), clock.clone());
        Ok(Some(Self { sender, layout, url, signer, client, clock }))
    }

    async fn send_mail(&self, to: Option<&Email>, message: &Notification) -> Result<(), SendError> {
        let to = to.ok_or_else(|| SendError::Rejected("the user has no address".to_owned()))?;
        let body = send_email(&self.sender, to, &self.layout.render(message, Some(to)));
        let content_type = "application/json";
        let request = AwsJsonRequest { service: "ses", url: &self.url, content_type, headers: &[], body: &body };
        let response = self.client.post(request, &self.signer, &self.clock, SEND_TIMEOUT).await;
        let response = response.map_err(SendError::Unavailable)?;
        match response.status {
            200..300 => Ok(()),
            _ => Err(classify(response.error_code())),
        }
    }
}

fn endpoint_of(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://email.{region}.{domain}")
}

/// The body of SendEmail: one mail with a text and an HTML part.
fn send_email(sender: &str, to: &Email, mail: &Mail) -> Value {
    let utf8 = |text: &str| json!({"Data": text, "Charset": "UTF-8"});
    json!({
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [to.as_str()]},
        "Content": {"Simple": {
            "Subject": utf8(&mail.subject),
            "Body": {"Text": utf8(&mail.text), "Html": utf8(&mail.html)},
        }},
    })
}

/// An error about the message is permanent; an error about the account can be fixed by an operator.
fn classify(code: &str) -> SendError {
    match code {
        "MessageRejected" | "BadRequestException" => SendError::Rejected(code.to_owned()),
        _ => SendError::Unavailable(code.to_owned()),
    }
}

impl NotificationChannel for SesChannel {
    fn kind(&self) -> notifications::Channel {
        notifications::Channel::Email
    }

    fn send<'a>(&'a self, to: Option<&'a Email>, message: &'a Notification) -> BoxFuture<'a, Result<(), SendError>> {
        self.send_mail(to, message).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(env: &Env) -> Result<Option<SesChannel>, ConfigError> {
        SesChannel::from_env(env, &Layout::from_env(env).unwrap(), &Clock::system())
    }

    #[test]
    fn mail_goes_to_ses_in_the_own_region_and_its_partition() {
        let keys =
            [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("SES_SENDER", "shop@example.org")];
        let cases = [
            ("eu-central-1", "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails"),
            ("cn-north-1", "https://email.cn-north-1.amazonaws.com.cn/v2/email/outbound-emails"),
        ];
        for (region, url) in cases {
            let env = Env::from_iter(keys.into_iter().chain([("AWS_REGION", region)]));
            assert_eq!(channel(&env).unwrap().unwrap().url, url);
        }
        assert!(channel(&Env::from_iter(keys)).is_err(), "no region");
        assert!(channel(&Env::from_iter([("AWS_REGION", "eu-central-1")])).unwrap().is_none());
    }
}
