//! Delivers notifications to their users: the channels, and the order of steps around them. The
//! only place that calls SES.
//!
//! A record is stored before anything is sent, has a lease while it is sent, and is updated after
//! that. A crash in between leaves it `queued`; when the lease is over, the queue (or, for an admin
//! message, recovery) sends it once more. So there is exactly one record, and one mail, unless a
//! sender crashed between sending and updating, and then a second one: SES has no idempotency key.
//!
//! One account gets a limited number of mails in an hour and in a day; the rest waits for a digest.

mod admin_message;
mod channel;
mod digest;
mod dispatcher;
mod links;
mod log;
mod ses;

pub use channel::{NotificationChannel, SendError};
pub use dispatcher::{DeliveryOutcome, Dispatcher, RetryPolicy};
pub use links::MailLinks;
pub use log::LogChannel;
pub use ses::SesChannel;
/// The role that reads addresses: a function that sends mail names its own.
pub use store_postgres::Role;
