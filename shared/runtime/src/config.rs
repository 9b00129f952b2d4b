//! Configuration, read once at startup. Every store crate builds a struct of its own from it.

use std::collections::HashMap;
use std::str::FromStr;

use secrecy::SecretString;

/// The environment of the process, or a test's replacement.
#[derive(Clone, Default)]
pub struct Env(HashMap<String, String>);

/// A variable that is missing or invalid.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {name} {reason}")]
pub struct ConfigError {
    name: String,
    reason: String,
}

impl ConfigError {
    /// A variable that is set to something invalid.
    pub fn invalid(name: &str, reason: &str) -> Self {
        Self { name: name.to_owned(), reason: reason.to_owned() }
    }

    /// A variable that cannot be parsed.
    pub fn unparsable(name: &str) -> Self {
        Self { name: name.to_owned(), reason: "cannot be read".to_owned() }
    }
}

impl Env {
    /// The environment of this process.
    pub fn from_env() -> Self {
        Self(std::env::vars().collect())
    }

    /// A copy with some variables replaced.
    #[must_use]
    pub fn with_overrides<N: Into<String>, V: Into<String>>(
        mut self,
        changed: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.0.extend(changed.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The value of a variable; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|text| !text.is_empty()).cloned()
    }

    /// # Errors
    /// When it is absent; the error names it.
    pub fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name).ok_or_else(|| ConfigError { name: name.to_owned(), reason: "is not set".to_owned() })
    }

    /// A secret, which never appears in logs or errors.
    ///
    /// # Errors
    /// When it is absent.
    pub fn secret(&self, name: &str) -> Result<SecretString, ConfigError> {
        self.required(name).map(SecretString::from)
    }

    /// A number or similar, or `default` if absent.
    ///
    /// # Errors
    /// When it is set and cannot be parsed.
    pub fn parsed_or<T: FromStr>(&self, name: &str, default: T) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::unparsable(name)),
        }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(env: I) -> Self {
        Self(env.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
