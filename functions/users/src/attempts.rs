//! How often guessing may fail, decided before anything is looked up or hashed.
//!
//! Failures are counted by account **and** address, so that nobody locks the owner of an account
//! out from elsewhere; by address over all accounts; and, slowly, by account over all addresses,
//! against guessers who have many. A device that the account has logged in on before is counted by
//! itself instead: neither strangers nor neighbours behind its address can shut it out.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Problem;
use domain::users::{Email, Refused};
use redis_store::{Admission, Limit, Limits};
use runtime::{Clock, SecurityEvent};
use sha2::{Digest, Sha256};
use tokens::Device;
use web::Source;

use crate::login::Login;

/// So many failures are suffered within any time of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimit {
    /// Whose failures are counted together, in words.
    pub of: &'static str,
    /// How many.
    pub most: u32,
    /// Within so many seconds.
    pub window_seconds: u32,
}

/// More than a person needs, far fewer than a guesser.
const PER_ACCOUNT_AND_ADDRESS: FailureLimit =
    FailureLimit { of: "an account from an address", most: 10, window_seconds: 15 * 60 };
/// Many people may share an address.
const PER_ADDRESS: FailureLimit =
    FailureLimit { of: "an address, over all accounts", most: 100, window_seconds: 15 * 60 };
/// Whoever guesses from many addresses gets no further than 2,400 guesses a day; to keep the owner
/// out they need ten addresses and a hundred failures in every hour, and then only from devices that
/// were never logged in on.
const PER_ACCOUNT: FailureLimit =
    FailureLimit { of: "an account, over all addresses", most: 100, window_seconds: 60 * 60 };
/// A stolen device guesses no quicker than a stranger.
const PER_DEVICE: FailureLimit =
    FailureLimit { of: "an account from a device that it was logged in on", most: 10, window_seconds: 15 * 60 };

/// Every limit on failed logins, for documents.
pub const FAILURE_LIMITS: [FailureLimit; 4] = [PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT, PER_DEVICE];

/// How long an attempt waits for others under way, on whose end it depends whether it may be
/// made; they take a hash's time each.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first and the longest pause between two looks.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));

/// Counts attempts to log in.
#[derive(Clone)]
pub(crate) struct Attempts {
    limits: Limits,
    clock: Clock,
}

/// An attempt that was counted.
pub(crate) struct Attempt {
    id: String,
    /// First the one that a success clears.
    limits: Vec<Limit>,
}

impl Attempts {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Self {
        Self { limits, clock }
    }

    /// Counts an attempt, or refuses it because too many have failed.
    /// `device` is one that this very account has logged in on.
    pub(crate) async fn enter(
        &self,
        email: &Email,
        source: &Source,
        device: Option<&Device>,
    ) -> Result<Attempt, Problem> {
        let attempt = Attempt { id: self.clock.new_uuid().to_string(), limits: limits(email, source, device) };
        let (mut waited, mut pause) = (Duration::ZERO, PAUSE.0);
        loop {
            match self.limits.enter(&attempt.limits, &attempt.id, self.clock.now()).await? {
                Admission::Granted => return Ok(attempt),
                Admission::Spent(seconds) => {
                    SecurityEvent::LimitHit.record(None, "too many failed logins");
                    return Err(Refused::TooManyAttempts(seconds).into());
                }
                Admission::Busy if waited >= PATIENCE => return Err(Refused::TooManyAttempts(1).into()),
                Admission::Busy => {
                    // Redis does not tell when they end: look again, later each time, not all at once.
                    let jitter = Duration::from_micros((self.clock.random() as u64) % 20_000);
                    tokio::time::sleep(pause + jitter).await;
                    waited += pause + jitter;
                    pause = (pause * 2).min(PAUSE.1);
                }
            }
        }
    }

    /// Says how it ended. A success clears what this account failed with from here, and an attempt that could not be judged
    /// (a store was away) counts for nobody.
    pub(crate) async fn settle(&self, attempt: &Attempt, outcome: &Result<Option<Login>, Problem>) {
        let Attempt { id, limits } = attempt;
        let told = match outcome {
            Ok(None) => self.limits.fail(limits, id, self.clock.now()).await,
            Ok(Some(_)) => {
                let both = tokio::join!(self.limits.leave(limits, id), self.limits.clear(&limits[0]));
                both.0.and(both.1)
            }
            Err(_) => self.limits.leave(limits, id).await,
        };
        if let Err(error) = told {
            // Untold, it becomes a failure after a while: the limit errs to the safe side.
            tracing::warn!(%error, "The end of a login attempt could not be counted.");
        }
    }
}

fn limits(email: &Email, source: &Source, device: Option<&Device>) -> Vec<Limit> {
    let limit = |what: String, limit: FailureLimit| Limit {
        what: format!("login:{what}"),
        most: limit.most,
        window_seconds: limit.window_seconds,
    };
    let (account, network) = (account(email), network(&source.0));
    let address = limit(format!("address:{network}"), PER_ADDRESS);
    match device {
        // Its token names the account, so its id tells of both.
        Some(device) => vec![limit(format!("device:{}", device.id), PER_DEVICE), address],
        None => vec![
            limit(format!("pair:{account}:{network}"), PER_ACCOUNT_AND_ADDRESS),
            address,
            limit(format!("account:{account}"), PER_ACCOUNT),
        ],
    }
}

/// The same for every spelling of an address, and not the address itself: Redis keeps no
/// personal data.
fn account(email: &Email) -> String {
    let digest = Sha256::digest(email.as_str());
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// One customer of an internet provider: an IPv4 address, or an IPv6 /64, out of which a single
/// machine can take as many addresses as it likes.
pub(crate) fn network(source: &str) -> String {
    match source.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        // Whatever could not be told apart shares one limit.
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_by_its_network() {
        let same = |a: &str, b: &str| network(a) == network(b);
        assert!(same("192.0.2.7", "::ffff:192.0.2.7"));
        assert!(!same("192.0.2.7", "192.0.2.8"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("unknown", "<script>"));
    }

    #[test]
    fn an_account_is_counted_under_one_name_that_does_not_show_it() {
        let email = |text: &str| Email::try_from(text.to_owned()).unwrap();
        assert_eq!(account(&email(" Ada@Example.org")), account(&email("ada@example.ORG")));
        assert_ne!(account(&email("ada@example.org")), account(&email("bob@example.org")));
        assert!(!account(&email("ada@example.org")).contains("ada"));
    }
}
