//! Limits failed logins, decided before anything is looked up or hashed.
//!
//! Failures are counted by account **and** address, so that no one can lock an owner out from
//! elsewhere; by address over all accounts; and, slowly, by account over all addresses, against
//! attackers with many addresses. A device on which the account has logged in before is counted by
//! itself instead: neither strangers nor neighbors behind its address can lock it out.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Problem;
use domain::users::{AccountError, Email};
use runtime::{Clock, SecurityEvent};
use sha2::{Digest, Sha256};
use store_redis::{Admission, FailureLimit, FailureLimiter};
use tokens::Device;
use web::ClientIp;

use crate::signed_in::AuthenticatedUser;

/// The number of failures that are allowed within any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimit {
    /// Whose failures are counted together, in words.
    pub scope: &'static str,
    pub max_failures: u32,
    /// The length of the window.
    pub window_seconds: u32,
}

/// More than a person needs, far fewer than an attacker.
const PER_ACCOUNT_AND_ADDRESS: LoginLimit =
    LoginLimit { scope: "an account from an address", max_failures: 10, window_seconds: 15 * 60 };
/// Many people may share an address.
const PER_ADDRESS: LoginLimit =
    LoginLimit { scope: "an address, over all accounts", max_failures: 100, window_seconds: 15 * 60 };
/// An attacker with many addresses gets at most 2,400 guesses a day; to lock the owner out they
/// need ten addresses and a hundred failures in every hour, and only devices without an earlier
/// login are affected.
const PER_ACCOUNT: LoginLimit =
    LoginLimit { scope: "an account, over all addresses", max_failures: 100, window_seconds: 60 * 60 };
/// A stolen device guesses no faster than a stranger.
const PER_DEVICE: LoginLimit = LoginLimit {
    scope: "an account from a device that it was logged in on",
    max_failures: 10,
    window_seconds: 15 * 60,
};

/// Every limit on failed logins, for the documentation.
pub const LOGIN_LIMITS: [LoginLimit; 4] = [PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT, PER_DEVICE];

/// How long an attempt waits for concurrent ones, whose outcome decides whether it is allowed; each
/// takes the time of a hash.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// The first and the longest pause between two polls.
const POLL_INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));

#[derive(Clone)]
pub(crate) struct LoginThrottle {
    limits: FailureLimiter,
    clock: Clock,
}

/// An attempt that was counted.
pub(crate) struct LoginAttempt {
    id: String,
    /// The first one is the one that a success clears.
    limits: Vec<FailureLimit>,
}

impl LoginThrottle {
    pub(crate) fn new(limits: FailureLimiter, clock: Clock) -> Self {
        Self { limits, clock }
    }

    /// Counts an attempt, or rejects it because too many have failed. `device` is one on which this
    /// very account has logged in.
    pub(crate) async fn begin(
        &self,
        email: &Email,
        source: &ClientIp,
        device: Option<&Device>,
    ) -> Result<LoginAttempt, Problem> {
        let attempt = LoginAttempt { id: self.clock.new_uuid().to_string(), limits: limits_for(email, source, device) };
        let (mut waited, mut pause) = (Duration::ZERO, POLL_INTERVAL.0);
        loop {
            match self.limits.begin(&attempt.limits, &attempt.id, self.clock.now()).await? {
                Admission::Granted => return Ok(attempt),
                Admission::Exhausted(seconds) => {
                    SecurityEvent::RateLimited.record(None, "too many failed logins");
                    return Err(AccountError::TooManyAttempts(seconds).into());
                }
                Admission::Busy if waited >= MAX_WAIT => return Err(AccountError::TooManyAttempts(1).into()),
                Admission::Busy => {
                    // Redis does not signal when they end: poll again, with growing and random
                    // pauses.
                    let jitter = Duration::from_micros((self.clock.random() as u64) % 20_000);
                    tokio::time::sleep(pause + jitter).await;
                    waited += pause + jitter;
                    pause = (pause * 2).min(POLL_INTERVAL.1);
                }
            }
        }
    }

    /// Records the outcome. A success clears this account's failures from here, and an attempt
    /// without a result (a store was unavailable) does not count.
    pub(crate) async fn record_outcome(
        &self,
        attempt: &LoginAttempt,
        outcome: &Result<Option<AuthenticatedUser>, Problem>,
    ) {
        let LoginAttempt { id, limits } = attempt;
        let recorded = match outcome {
            Ok(None) => self.limits.record_failure(limits, id, self.clock.now()).await,
            Ok(Some(_)) => {
                let both = tokio::join!(self.limits.release(limits, id), self.limits.clear_failures(&limits[0]));
                both.0.and(both.1)
            }
            Err(_) => self.limits.release(limits, id).await,
        };
        if let Err(error) = recorded {
            // Without an outcome it becomes a failure after a while: the limit errs on the safe
            // side.
            tracing::warn!(%error, "The outcome of a login attempt could not be recorded.");
        }
    }
}

fn limits_for(email: &Email, source: &ClientIp, device: Option<&Device>) -> Vec<FailureLimit> {
    let limit = |what: String, limit: LoginLimit| FailureLimit {
        subject: format!("login:{what}"),
        max_failures: limit.max_failures,
        window_seconds: limit.window_seconds,
    };
    let (account, network) = (account_hash(email), source.network());
    let address = limit(format!("address:{network}"), PER_ADDRESS);
    match device {
        // Its token names the account, so its id stands for both.
        Some(device) => vec![limit(format!("device:{}", device.id), PER_DEVICE), address],
        None => vec![
            limit(format!("pair:{account}:{network}"), PER_ACCOUNT_AND_ADDRESS),
            address,
            limit(format!("account:{account}"), PER_ACCOUNT),
        ],
    }
}

/// The same for every spelling of an address, and not the address itself: Redis stores no personal
/// data.
fn account_hash(email: &Email) -> String {
    let digest = Sha256::digest(email.as_str());
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_counted_under_one_name_that_does_not_show_it() {
        let email = |text: &str| Email::try_from(text.to_owned()).unwrap();
        assert_eq!(account_hash(&email(" Ada@Example.org")), account_hash(&email("ada@example.ORG")));
        assert_ne!(account_hash(&email("ada@example.org")), account_hash(&email("bob@example.org")));
        assert!(!account_hash(&email("ada@example.org")).contains("ada"));
    }
}
