//! `LIMITS`: configured rate limits.

use domain::rate_limits::RateLimits;

use crate::{ConfigError, Env};

impl Env {
    /// Reads `LIMITS`, or the defaults if absent: `x1000` for a thousand times all of them, as load
    /// tests use, or `sign_up.address=100/3600,…` for some. docs/limits.md lists them.
    ///
    /// # Errors
    /// When it names an unknown limit or no valid rate; the error shows which.
    pub fn rate_limits(&self) -> Result<RateLimits, ConfigError> {
        let text = self.optional("LIMITS").unwrap_or_default();
        text.parse().map_err(|unreadable| ConfigError::invalid("LIMITS", &format!("cannot be read: {unreadable}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_cannot_be_read_names_the_variable_and_the_entry() {
        let error = Env::from_iter([("LIMITS", "signup.address=1/1")]).rate_limits().unwrap_err().to_string();
        assert!(error.contains("LIMITS") && error.contains("signup.address=1/1"), "{error}");
        assert_eq!(Env::from_iter([("LIMITS", "")]).rate_limits().unwrap(), RateLimits::default());
    }
}
