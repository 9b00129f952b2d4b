//! Taking notifications to their users: the channels, and the order of steps around them. The
//! only place where the SDK of SES is named.
//!
//! A record is written before anything is sent, held by whoever sends it, and marked after.
//! Whoever dies in between leaves it `queued`; when the hold is over, the queue (or, for a message
//! by hand, recovery) sends it once more. So there is exactly one record, one mail unless a sender
//! died between sending and noting it, and then a second one: SES has no key under which it would
//! send once.
//!
//! One account gets so many mails in an hour and in a day; what is above that waits for a digest.

mod admin_message;
mod channel;
mod digest;
mod dispatcher;
mod log;
mod ses;

pub use channel::{NotificationChannel, SendError};
pub use dispatcher::{DeliveryOutcome, Dispatcher, RetryPolicy};
pub use log::LogChannel;
pub use ses::SesChannel;
/// Which role reads addresses: a function that sends mail names its own.
pub use store_postgres::Role;
