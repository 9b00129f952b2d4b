//! Which troubles are no surprise.

use std::str::FromStr;

use anyhow::{Result, bail};

/// What happens to requests while stores and servers are away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 503.
    Unavailable,
    /// 429.
    Limited,
    /// 401 to a token that was good: Redis has lost sessions.
    SignedOut,
    /// The connection broke, or no answer came in time.
    Lost,
    /// Nobody took the connection.
    Unreachable,
    /// No final answer even after the patience at the end.
    Unsettled,
}

const NAMES: [(Trouble, &str); 6] = [
    (Trouble::Unavailable, "503"),
    (Trouble::Limited, "429"),
    (Trouble::SignedOut, "401"),
    (Trouble::Lost, "lost"),
    (Trouble::Unreachable, "unreachable"),
    (Trouble::Unsettled, "unsettled"),
];

impl Trouble {
    /// As options and figures name it.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(trouble, _)| *trouble == self).map_or("", |(_, name)| name)
    }
}

/// The troubles that may come. None, unless told: a shop in good order causes none.
#[derive(Clone, Debug, Default)]
pub struct Tolerance(Vec<Trouble>);

impl Tolerance {
    /// These.
    pub fn of(troubles: &[Trouble]) -> Self {
        Self(troubles.to_vec())
    }

    pub(crate) fn includes(&self, trouble: Trouble) -> bool {
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
        assert!(tolerance.includes(Trouble::Unavailable) && !tolerance.includes(Trouble::Unreachable));
        assert!("500".parse::<Tolerance>().unwrap_err().to_string().contains("never tolerated"));
    }
}
