//! Parses configured limits: `x10` for ten times all defaults, `sign_up.address=100/3600` for one
//! limit, or several of these separated by commas.

use std::str::FromStr;

use super::{DEFAULT_LIMITS, PAYMENT_ATTEMPTS, Rate, RateLimit, RateLimitScope, RequestClass};

/// The largest factor: a limit multiplied by it does not overflow.
const MAX_FACTOR: u32 = 1_000_000;

/// The limits in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits(Vec<RateLimit>);

/// Why a text is no valid configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} {reason}")]
pub struct InvalidRateLimits {
    entry: String,
    reason: &'static str,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self(DEFAULT_LIMITS.to_vec())
    }
}

impl RateLimits {
    /// The limit of a class in a scope, if it has one.
    pub fn rate_for(&self, class: RequestClass, scope: RateLimitScope) -> Option<Rate> {
        self.0.iter().find(|limit| limit.class == class && limit.scope == scope).map(|limit| limit.rate)
    }

    /// How often one order may be paid for.
    pub fn payment_attempts(&self) -> Rate {
        self.rate_for(RequestClass::Pay, RateLimitScope::Order).unwrap_or(PAYMENT_ATTEMPTS)
    }
}

impl FromStr for RateLimits {
    type Err = InvalidRateLimits;

    /// A factor applies to all limits that are not named, wherever it appears.
    fn from_str(text: &str) -> Result<Self, InvalidRateLimits> {
        let mut limits = Self::default();
        let entries = || text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        for entry in entries() {
            let Some(times) = entry.strip_prefix('x') else { continue };
            let times = times.parse().ok().filter(|times| (1..=MAX_FACTOR).contains(times));
            let times: u32 = times.ok_or_else(|| invalid_entry(entry, "is no factor such as x10"))?;
            for limit in &mut limits.0 {
                limit.rate.requests = limit.rate.requests.saturating_mul(times);
            }
        }
        for entry in entries().filter(|entry| !entry.starts_with('x')) {
            let (class, scope, rate) = parse_entry(entry)?;
            let limit = limits.0.iter_mut().find(|limit| limit.class == class && limit.scope == scope);
            limit.ok_or_else(|| invalid_entry(entry, "names a class that has no such limit"))?.rate = rate;
        }
        Ok(limits)
    }
}

/// Parses an entry such as `sign_up.address=100/3600`.
fn parse_entry(entry: &str) -> Result<(RequestClass, RateLimitScope, Rate), InvalidRateLimits> {
    let (name, rate) =
        entry.split_once('=').ok_or_else(|| invalid_entry(entry, "is not written as class.scope=n/s"))?;
    let (class, scope) = name.split_once('.').ok_or_else(|| invalid_entry(entry, "names no class.scope"))?;
    let class = class.parse::<RequestClass>().ok();
    let scope = scope.parse::<RateLimitScope>().ok();
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let rate = rate
        .split_once('/')
        .and_then(|(most, seconds)| Some(Rate { requests: number(most)?, seconds: number(seconds)? }));
    Ok((
        class.ok_or_else(|| invalid_entry(entry, "names a class that there is not"))?,
        scope.ok_or_else(|| invalid_entry(entry, "names no scope: address, user or order"))?,
        rate.ok_or_else(|| invalid_entry(entry, "has no rate such as 100/3600"))?,
    ))
}

fn invalid_entry(entry: &str, reason: &'static str) -> InvalidRateLimits {
    InvalidRateLimits { entry: entry.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_up(text: &str) -> Rate {
        text.parse::<RateLimits>().unwrap().rate_for(RequestClass::SignUp, RateLimitScope::Address).unwrap()
    }

    #[test]
    fn every_class_has_a_limit_and_no_limit_is_there_twice() {
        for class in RequestClass::ALL {
            assert!(DEFAULT_LIMITS.iter().any(|limit| limit.class == *class), "{class:?}");
        }
        for (place, limit) in DEFAULT_LIMITS.iter().enumerate() {
            let again = DEFAULT_LIMITS[place + 1..]
                .iter()
                .any(|other| (other.class, other.scope) == (limit.class, limit.scope));
            assert!(!again, "{limit:?}");
        }
    }

    #[test]
    fn limits_are_multiplied_or_set_by_name() {
        let Rate { requests, seconds } = sign_up("");
        assert_eq!(sign_up("x1000"), Rate { requests: requests * 1000, seconds });
        let own = Rate { requests: 7, seconds: 9 };
        assert_eq!(sign_up("sign_up.address=7/9"), own);
        assert_eq!(sign_up(" sign_up.address=7/9 , x10"), own);
        assert_eq!(
            "x10,sign_up.address=7/9"
                .parse::<RateLimits>()
                .unwrap()
                .rate_for(RequestClass::Pay, RateLimitScope::Order)
                .unwrap()
                .requests,
            100
        );
    }

    #[test]
    fn what_says_no_limit_is_refused_by_its_entry() {
        for wrong in [
            "x",
            "x0",
            "x-1",
            "x1.5",
            "x1000001",
            "off",
            "sign_up=1/1",
            "sign_up.address",
            "sign_up.address=1",
            "sign_up.address=0/1",
            "sign_up.address=1/0",
            "sign_up.address=1/1/1",
            "sign_up.user=1/1",
            "signup.address=1/1",
            "sign_up.planet=1/1",
            "event.order=1/1",
            "sign_up.address=5000000000/1",
        ] {
            let error = format!("{wrong}, x2").parse::<RateLimits>().unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
