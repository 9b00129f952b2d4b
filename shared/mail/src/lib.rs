//! Taking notifications to their users: the channels, and the order of steps around them. The
//! only place where the SDK of SES is named.
//!
//! A record is written before anything is sent, and marked after. Whoever dies in between leaves
//! it `queued`; the queue delivers the fact again and the message goes out once more. So there is
//! exactly one record, and at least one mail: SES has no key under which it would send once.

mod channel;
mod courier;
mod log;
mod ses;

pub use channel::{Channel, NotSent};
pub use courier::{Courier, Delivery};
pub use log::LogChannel;
pub use ses::SesChannel;
