//! The channel through Amazon SES.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::error::{DisplayErrorContext, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{Env, with_timeout};
use tokio::sync::OnceCell;

use crate::{NotificationChannel, SendError};

/// The longest wait for SES to accept a mail. It is not retried here: the queue redelivers.
const SEND_TIMEOUT: Duration = Duration::from_secs(3);

/// Mail from one sender. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct SesChannel {
    sender: String,
    endpoint: Option<String>,
    client: Arc<OnceCell<Client>>,
}

impl SesChannel {
    /// Mail from `SES_SENDER`, if set. `AWS_ENDPOINT_URL_SESV2` is also the SDK's own variable;
    /// read here too, so that a test can replace SES by its server.
    pub fn from_env(env: &Env) -> Option<Self> {
        let sender = env.optional("SES_SENDER")?;
        Some(Self { sender, endpoint: env.optional("AWS_ENDPOINT_URL_SESV2"), client: Arc::default() })
    }

    async fn client(&self) -> &Client {
        let connect = || async {
            let config = Builder::from(runtime::aws_sdk_config().await).retry_config(RetryConfig::disabled());
            let config = match &self.endpoint {
                Some(url) => config.endpoint_url(url),
                None => config,
            };
            Client::from_conf(config.build())
        };
        self.client.get_or_init(connect).await
    }

    async fn send_mail(&self, to: Option<&Email>, message: &Notification) -> Result<(), SendError> {
        let to = to.ok_or_else(|| SendError::Rejected("the user has no address".to_owned()))?;
        let utf8 = |text: &str| {
            Content::builder().data(text).charset("UTF-8").build().map_err(|e| SendError::Rejected(e.to_string()))
        };
        let body = Body::builder().text(utf8(&message.message)?).build();
        let mail = Message::builder().subject(utf8(&message.subject)?).body(body).build();
        let request = self
            .client()
            .await
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(mail).build());
        match with_timeout(SEND_TIMEOUT, request.send()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error)),
            Err(elapsed) => Err(SendError::Unavailable(elapsed.to_string())),
        }
    }
}

/// An error about the message is permanent; an error about the account can be fixed by an operator.
fn classify(error: &SdkError<SendEmailError>) -> SendError {
    match error.as_service_error() {
        // SES repeats the address in some of its texts: only the kind of the rejection is used.
        Some(SendEmailError::MessageRejected(_)) => SendError::Rejected("MessageRejected".to_owned()),
        Some(SendEmailError::BadRequestException(_)) => SendError::Rejected("BadRequestException".to_owned()),
        Some(rejection) => SendError::Unavailable(rejection.meta().code().unwrap_or("an unknown rejection").to_owned()),
        None => SendError::Unavailable(match error {
            SdkError::ResponseError(_) => "a response that cannot be read".to_owned(),
            _ => DisplayErrorContext(error).to_string(),
        }),
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
