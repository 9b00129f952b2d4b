//! Limits as somebody configured them: `x10` for ten times all of them, `sign_up.address=100/3600`
//! for one, or several of these behind commas.

use std::str::FromStr;

use super::{Class, DEFAULTS, Limit, PAYMENT_ATTEMPTS, Rate, Scope};

/// The largest factor: what still is a number when it is multiplied.
const MOST_TIMES: u32 = 1_000_000;

/// The limits in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(Vec<Limit>);

/// Why a text says no limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} {why}")]
pub struct Unreadable {
    entry: String,
    why: &'static str,
}

impl Default for Limits {
    fn default() -> Self {
        Self(DEFAULTS.to_vec())
    }
}

impl Limits {
    /// A class's limit for whose requests share it, if it has one.
    pub fn of(&self, class: Class, scope: Scope) -> Option<Rate> {
        self.0.iter().find(|limit| limit.class == class && limit.scope == scope).map(|limit| limit.rate)
    }

    /// How often one order may be paid for.
    pub fn payment_attempts(&self) -> Rate {
        self.of(Class::Pay, Scope::Order).unwrap_or(PAYMENT_ATTEMPTS)
    }
}

impl FromStr for Limits {
    type Err = Unreadable;

    /// A factor counts for all that is not said by name, wherever it stands.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut limits = Self::default();
        let entries = || text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        for entry in entries() {
            let Some(times) = entry.strip_prefix('x') else { continue };
            let times = times.parse().ok().filter(|times| (1..=MOST_TIMES).contains(times));
            let times: u32 = times.ok_or_else(|| unreadable(entry, "is no factor such as x10"))?;
            for limit in &mut limits.0 {
                limit.rate.requests = limit.rate.requests.saturating_mul(times);
            }
        }
        for entry in entries().filter(|entry| !entry.starts_with('x')) {
            let (class, scope, rate) = read(entry)?;
            let limit = limits.0.iter_mut().find(|limit| limit.class == class && limit.scope == scope);
            limit.ok_or_else(|| unreadable(entry, "names a class that has no such limit"))?.rate = rate;
        }
        Ok(limits)
    }
}

/// `sign_up.address=100/3600`
fn read(entry: &str) -> Result<(Class, Scope, Rate), Unreadable> {
    let (name, rate) = entry.split_once('=').ok_or_else(|| unreadable(entry, "is not written as class.scope=n/s"))?;
    let (class, scope) = name.split_once('.').ok_or_else(|| unreadable(entry, "names no class.scope"))?;
    let class = Class::ALL.into_iter().find(|known| known.as_str() == class);
    let scope = Scope::ALL.into_iter().find(|known| known.as_str() == scope);
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let rate = rate
        .split_once('/')
        .and_then(|(most, seconds)| Some(Rate { requests: number(most)?, seconds: number(seconds)? }));
    Ok((
        class.ok_or_else(|| unreadable(entry, "names a class that there is not"))?,
        scope.ok_or_else(|| unreadable(entry, "names no scope: address, user or order"))?,
        rate.ok_or_else(|| unreadable(entry, "says no rate such as 100/3600"))?,
    ))
}

fn unreadable(entry: &str, why: &'static str) -> Unreadable {
    Unreadable { entry: entry.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_up(text: &str) -> Rate {
        text.parse::<Limits>().unwrap().of(Class::SignUp, Scope::Address).unwrap()
    }

    #[test]
    fn every_class_has_a_limit_and_no_limit_is_there_twice() {
        for class in Class::ALL {
            assert!(DEFAULTS.iter().any(|limit| limit.class == class), "{class:?}");
        }
        for (place, limit) in DEFAULTS.iter().enumerate() {
            let again =
                DEFAULTS[place + 1..].iter().any(|other| (other.class, other.scope) == (limit.class, limit.scope));
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
            "x10,sign_up.address=7/9".parse::<Limits>().unwrap().of(Class::Pay, Scope::Order).unwrap().requests,
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
            let error = format!("{wrong}, x2").parse::<Limits>().unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
