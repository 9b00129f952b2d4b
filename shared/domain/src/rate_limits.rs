//! Rate limits: how many requests of each class one address, one user or one order may make.
//!
//! The numbers, how they are configured, and the arithmetic of a token bucket. Counts nothing:
//! `web` does, in Redis or in the memory of an instance.

mod bucket;
mod config;

use crate::{Problem, ProblemKind};

pub use bucket::retry_after_seconds;
pub use config::{InvalidRateLimits, RateLimits};

/// So many requests in so many seconds.
///
/// A token bucket: `requests` may come at once, and each is given back after `seconds / requests`,
/// so nobody who was refused waits for the whole time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; never 0.
    pub requests: u32,
    /// In how many seconds all of them are given back; never 0.
    pub seconds: u32,
}

/// Which requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequestClass {
    /// Opening an account.
    SignUp,
    /// Logging in, whatever comes of it.
    LogIn,
    /// Sending an event.
    Event,
    /// Placing an order.
    PlaceOrder,
    /// Paying again.
    Pay,
    /// Writing, changing or deleting a review.
    Review,
    /// Sending a message to a customer.
    Message,
    /// Whatever else writes.
    Write,
    /// Whatever reads.
    Read,
    /// Asking whether a function's stores answer.
    Readiness,
}

/// Whose requests share a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RateLimitScope {
    /// An IPv4 address, or an IPv6 /64.
    Address,
    /// The user of a token whose signature is good.
    User,
    /// An order. Exactly so many in any time of so many seconds, not a bucket.
    Order,
}

/// Where a class is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketLocation {
    /// In Redis: over all instances of all functions. By each instance while Redis is unreachable.
    Shared,
    /// By each instance for itself, in its memory: such a request must neither wait for Redis nor
    /// need it.
    PerInstance,
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Of which requests.
    pub class: RequestClass,
    /// Whose.
    pub scope: RateLimitScope,
    /// How many.
    pub rate: Rate,
}

/// How often one order may be paid for, placing it included: enough for every card in a wallet and
/// some slips, too few to try out cards.
pub const PAYMENT_ATTEMPTS: Rate = Rate { requests: 10, seconds: 3600 };

/// What is not configured otherwise. An address may be a household, an office or a mobile
/// network's gateway with many people behind it, so it gets several times what one user gets.
pub const DEFAULT_LIMITS: [RateLimit; 16] = {
    use RateLimitScope::{Address, Order, User};
    use RequestClass::{Event, LogIn, Message, Pay, PlaceOrder, Read, Readiness, Review, SignUp, Write};
    [
        limit(SignUp, Address, 20, 3600),
        limit(LogIn, Address, 300, 900),
        limit(Event, Address, 600, 300),
        limit(Event, User, 240, 300),
        limit(PlaceOrder, Address, 120, 600),
        limit(PlaceOrder, User, 30, 600),
        limit(Pay, Address, 120, 600),
        limit(Pay, User, 30, 600),
        RateLimit { class: Pay, scope: Order, rate: PAYMENT_ATTEMPTS },
        limit(Review, Address, 120, 600),
        limit(Review, User, 30, 600),
        limit(Message, User, 60, 600),
        limit(Write, Address, 1200, 300),
        limit(Write, User, 600, 300),
        limit(Read, Address, 6000, 300),
        limit(Readiness, Address, 60, 60),
    ]
};

const fn limit(class: RequestClass, scope: RateLimitScope, requests: u32, seconds: u32) -> RateLimit {
    RateLimit { class, scope, rate: Rate { requests, seconds } }
}

impl RequestClass {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SignUp,
        Self::LogIn,
        Self::Event,
        Self::PlaceOrder,
        Self::Pay,
        Self::Review,
        Self::Message,
        Self::Write,
        Self::Read,
        Self::Readiness,
    ];

    /// As configuration, documents and keys name it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Where it is counted.
    pub const fn bucket_location(self) -> BucketLocation {
        match self {
            Self::Read | Self::Readiness => BucketLocation::PerInstance,
            _ => BucketLocation::Shared,
        }
    }
}

impl RateLimitScope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Address, Self::User, Self::Order];

    /// As configuration, documents and keys name it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// 429 for whoever has to wait so many seconds.
pub fn too_many_requests(seconds: u32) -> Problem {
    let detail = "Too many requests. Please wait before trying again.";
    Problem::new(ProblemKind::TooManyRequests, "too_many_requests", detail).with_retry_after(seconds)
}
