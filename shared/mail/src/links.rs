//! The links in mails. They are made when a mail is sent, and are in no record: a notification is read
//! with nothing but an account's token, and a verification link must show that mail arrives.

use domain::notifications::{Notification, VERIFICATION_TYPE};
use domain::users::Email;
use domain::{OrderId, Timestamp, UserId};
use runtime::{ConfigError, Env, ExposeSecret};
use tokens::links::Links;

/// Makes the links of one shop.
#[derive(Clone)]
pub struct MailLinks {
    links: Links,
    /// Such as `https://shop.example`, without a slash at the end.
    shop_url: String,
}

impl MailLinks {
    /// Reads `LINK_KEY`, and `SHOP_URL`, the address of the storefront.
    ///
    /// # Errors
    /// When there is no key, or it is too short.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let key = env.secret("LINK_KEY")?;
        let links = Links::new(key.expose_secret()).map_err(|_| ConfigError::unparsable("LINK_KEY"))?;
        let shop_url = env.optional("SHOP_URL").unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { links, shop_url })
    }

    /// The link that shows an order without a login; the same one whenever it is made with this time.
    pub fn order_link(&self, order: OrderId, at: Timestamp) -> String {
        format!("{}/orders/{order}?key={}", self.shop_url, self.links.order_key(order, at))
    }

    /// The link that verifies that mail to this address reaches the user.
    pub fn verification_link(&self, user: UserId, email: &Email, at: Timestamp) -> String {
        format!("{}/verify?token={}", self.shop_url, self.links.verification_token(user, email, at))
    }

    /// The message as it is mailed to this address: with the link that it is about.
    pub(crate) fn add_link(&self, message: &Notification, to: &Email) -> Notification {
        let (text, at) = (&message.message, message.created_at);
        let text = match (message.order_id, message.kind.as_str()) {
            (Some(order), _) => format!("{text}\n\nYour order: {}", self.order_link(order, at)),
            (None, VERIFICATION_TYPE) => format!("{text}\n\n{}", self.verification_link(message.user_id, to, at)),
            (None, _) => return message.clone(),
        };
        Notification { message: text, ..message.clone() }
    }
}
