//! Which disruptions are not unexpected.

use std::str::FromStr;

use anyhow::{Result, bail};

/// What happens to requests while stores and servers are unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disruption {
    /// Responses with status 503.
    Unavailable,
    /// Responses with status 429.
    RateLimited,
    /// 401 to a token that was valid: Redis has lost sessions.
    SessionLost,
    /// The connection broke, or no response arrived in time.
    ReplyLost,
    /// No connection was accepted.
    Unreachable,
    /// No final response, even after the timeout at the end.
    Unanswered,
}

const NAMES: [(Disruption, &str); 6] = [
    (Disruption::Unavailable, "503"),
    (Disruption::RateLimited, "429"),
    (Disruption::SessionLost, "401"),
    (Disruption::ReplyLost, "lost"),
    (Disruption::Unreachable, "unreachable"),
    (Disruption::Unanswered, "unsettled"),
];

impl Disruption {
    /// The name in options and results.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(trouble, _)| *trouble == self).map_or("", |(_, name)| name)
    }
}

/// The tolerated disruptions. None by default: a healthy shop causes none.
#[derive(Clone, Debug, Default)]
pub struct Tolerance(Vec<Disruption>);

impl Tolerance {
    pub fn new(troubles: &[Disruption]) -> Self {
        Self(troubles.to_vec())
    }

    pub(crate) fn includes(&self, trouble: Disruption) -> bool {
        self.0.contains(&trouble)
    }
}

impl FromStr for Tolerance {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut troubles = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((trouble, _)) = NAMES.iter().find(|(_, name)| *name == part) else {
                bail!("{part}: is none of {}; any other 5xx is never tolerated", NAMES.map(|(_, name)| name).join(", "))
            };
            troubles.push(*trouble);
        }
        Ok(Self(troubles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_cannot_be_tolerated() {
        let tolerance: Tolerance = "503, lost".parse().unwrap();
        assert!(tolerance.includes(Disruption::Unavailable) && !tolerance.includes(Disruption::Unreachable));
        assert!("500".parse::<Tolerance>().unwrap_err().to_string().contains("never tolerated"));
    }
}
