//! The one layout of all mails, as text and as HTML: the shop's name, what happened, the facts, a link,
//! and who has sent it.
//!
//! Mail programs ignore style sheets, and many show no images: styles are attributes, the frame is a
//! table, and there is nothing to load.

mod html_part;
mod text_part;

use domain::notifications::{Facts, Notification, Section, VERIFICATION_TYPE};
use domain::users::Email;
use domain::{OrderId, Timestamp};
use runtime::{ConfigError, Env};
use tokens::links::Links;

use crate::html::is_web_address;

/// A mail, except for its sender and its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The shop as its mails present it.
#[derive(Clone)]
pub struct Layout {
    shop_name: String,
    shop_address: Option<String>,
    /// The storefront's address, without a slash at the end.
    shop_url: Option<String>,
    /// Makes links that need no login. They are in mails only, never in a record: a notification is read
    /// with nothing but an account's token, and a verification link must show that mail arrives.
    links: Option<Links>,
}

/// The page that a mail leads to.
struct Action {
    label: &'static str,
    url: String,
}

/// What both parts of a mail show.
struct Content<'a> {
    subject: &'a str,
    /// Its paragraphs are divided by blank lines.
    body: &'a str,
    sections: &'a [Section],
    action: Option<Action>,
    /// Whom the mail is from, and why: a line each.
    footer: Vec<String>,
}

impl Layout {
    /// The shop's name from `SHOP_NAME` and its postal address, if any, from `SHOP_ADDRESS`; links
    /// lead to `SHOP_URL`. Without that, mails have no links. With `LINK_KEY`, an order's link needs no
    /// login, and an account can be verified.
    ///
    /// # Errors
    /// When `SHOP_URL` is no address of the web, or the key is too short.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let url = env.optional("SHOP_URL").map(|url| url.trim_end_matches('/').to_owned());
        if url.as_ref().is_some_and(|url| !is_web_address(url)) {
            return Err(ConfigError::invalid("SHOP_URL", "must begin with https:// or http://"));
        }
        let key = env.optional("LINK_KEY").map(|key| Links::new(&key)).transpose();
        Ok(Self {
            links: key.map_err(|_| ConfigError::unparsable("LINK_KEY"))?,
            shop_name: env.optional("SHOP_NAME").unwrap_or_else(|| "Shop".to_owned()),
            shop_address: env.optional("SHOP_ADDRESS"),
            shop_url: url,
        })
    }

    /// The mail of a notification to this address. The same for each attempt to send it.
    pub fn render(&self, notification: &Notification, to: Option<&Email>) -> Mail {
        let facts = notification.facts.as_deref();
        let content = Content {
            subject: &notification.subject,
            body: facts.and_then(|facts| facts.intro.as_deref()).unwrap_or(&notification.message),
            sections: facts.map_or(&[][..], |Facts { sections, .. }| sections),
            action: self.action(notification, to),
            footer: self.footer(to),
        };
        Mail {
            subject: notification.subject.clone(),
            text: text_part::render(&content),
            html: html_part::render(self, &content),
        }
    }

    fn action(&self, notification: &Notification, to: Option<&Email>) -> Option<Action> {
        let at = notification.created_at;
        let (label, path) = match (notification.order_id, notification.kind.as_str()) {
            (Some(order), _) => ("See your order", self.order_link(order, at)),
            (None, VERIFICATION_TYPE) => {
                let token = self.links.as_ref()?.verification_token(notification.user_id, to?, at);
                ("Confirm your email address", format!("/verify?token={token}"))
            }
            (None, _) => ("See your messages", "/notifications".to_owned()),
        };
        let url = self.shop_url.as_ref()?;
        Some(Action { label, url: format!("{url}{path}") })
    }

    /// The path of an order's page in a mail about what happened at this time: the same whenever the mail
    /// is sent again.
    fn order_link(&self, order: OrderId, at: Timestamp) -> String {
        let key = self.links.as_ref().map(|links| format!("?key={}", links.order_key(order, at)));
        format!("/orders/{order}{}", key.unwrap_or_default())
    }

    fn footer(&self, to: Option<&Email>) -> Vec<String> {
        let to = to.map(|to| format!(" at {}", to.as_str())).unwrap_or_default();
        let reason = format!("You get this mail{to} because of an order or an account at {}.", self.shop_name);
        [Some(self.shop_name.clone()), self.shop_address.clone(), Some(reason)].into_iter().flatten().collect()
    }
}

/// The paragraphs of a text: what is divided by blank lines.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests;
