//! Rate limits: how many requests of each class one address, one user or one order may make.
//!
//! Owns the numbers, their configuration, and the arithmetic of a token bucket. Counts nothing:
//! `web` does, in Redis or in the memory of an instance.

mod bucket;
mod config;

use crate::{Problem, ProblemKind};

pub use bucket::retry_after_seconds;
pub use config::{InvalidRateLimits, RateLimits};

/// A number of requests per number of seconds.
///
/// A token bucket: `requests` may come at once, and each is refilled after `seconds / requests`, so
/// that a rejected client never waits for the whole time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1: a rate of 0 would reject everything.
    pub requests: u32,
    /// The time in which an empty bucket fills up; never 0.
    pub seconds: u32,
}

/// Which requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequestClass {
    SignUp,
    /// Beginning to buy without an account.
    Guest,
    /// Asking for a mail that verifies an address, and opening its link.
    Verification,
    /// Logging in, successfully or not.
    LogIn,
    /// Sending an analytics event.
    Event,
    PlaceOrder,
    /// Paying again after a declined charge.
    Pay,
    /// Writing, changing or deleting a review.
    Review,
    /// Sending a message to a customer.
    Message,
    /// Every write that has no class of its own.
    Write,
    /// Every read that has no class of its own.
    Read,
    /// Checking whether a function's stores respond.
    Readiness,
}

/// Which requests share a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RateLimitScope {
    /// An IPv4 address, or an IPv6 /64.
    Address,
    /// The user of a token with a valid signature.
    User,
    /// An order. Exactly this number in any window of `seconds`, not a bucket.
    Order,
}

/// Where a class is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketLocation {
    /// In Redis: over all instances of all functions. Per instance while Redis is unreachable.
    Shared,
    /// Per instance, in its memory: such a request must neither wait for Redis nor need it.
    PerInstance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub class: RequestClass,
    pub scope: RateLimitScope,
    pub rate: Rate,
}

/// How often one order may be paid for, the first charge included: enough for every card in a
/// wallet and some typing errors, too few to test stolen cards.
pub const PAYMENT_ATTEMPTS: Rate = Rate { requests: 10, seconds: 3600 };

/// The defaults. An address may be a household, an office or a mobile network's gateway with many
/// users behind it, so it gets several times the limit of one user.
pub const DEFAULT_LIMITS: [RateLimit; 19] = {
    use RateLimitScope::{Address, Order, User};
    use RequestClass::{
        Event, Guest, LogIn, Message, Pay, PlaceOrder, Read, Readiness, Review, SignUp, Verification, Write,
    };
    [
        limit(SignUp, Address, 20, 3600),
        limit(Guest, Address, 60, 3600),
        limit(Verification, Address, 60, 3600),
        limit(Verification, User, 20, 3600),
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
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The name in configuration, documents and keys.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    pub const fn bucket_location(self) -> BucketLocation {
        match self {
            Self::Read | Self::Readiness => BucketLocation::PerInstance,
            _ => BucketLocation::Shared,
        }
    }
}

impl RateLimitScope {
    /// The name in configuration, documents and keys.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// 429 for a client that must wait for `seconds`.
pub fn too_many_requests(seconds: u32) -> Problem {
    let detail = "Too many requests. Please wait before trying again.";
    Problem::new(ProblemKind::TooManyRequests, "too_many_requests", detail).with_retry_after(seconds)
}
