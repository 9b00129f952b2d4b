//! Where Redis is, and how long it is waited for.

use std::time::Duration;

use runtime::{ConfigError, Env, ExposeSecret, SecretString};

/// The default timeout of a response, in milliseconds: Redis saves time, it must not cost any.
const DEFAULT_TIMEOUT_MILLIS: u64 = 100;

/// The URL of Redis and its options.
pub struct Config {
    pub(crate) url: SecretString,
    pub(crate) prefix: String,
    pub(crate) timeout: Duration,
}

impl Config {
    /// Reads `REDIS_URL`, `REDIS_TOKEN` if Redis needs one that the URL does not contain,
    /// `REDIS_PREFIX`, which is prepended to every key, and `REDIS_TIMEOUT_MILLIS`, default 100: a
    /// machine that builds and tests at once responds later than a server, without being
    /// unavailable.
    ///
    /// # Errors
    /// When the URL is not set or accepts no token, or the time is no number.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            url: redis_url(env)?,
            prefix: env.optional("REDIS_PREFIX").unwrap_or_default(),
            timeout: Duration::from_millis(env.parsed_or("REDIS_TIMEOUT_MILLIS", DEFAULT_TIMEOUT_MILLIS)?),
        })
    }
}

/// The URL with the token in it. The token is a secret and the address is not, so in AWS they are
/// separate; a token of letters and digits can be part of a URL as it is.
fn redis_url(env: &Env) -> Result<SecretString, ConfigError> {
    let Ok(token) = env.secret("REDIS_TOKEN") else { return env.secret("REDIS_URL") };
    let url = env.required("REDIS_URL")?;
    let (scheme, address) = url.split_once("://").ok_or_else(|| ConfigError::unparsable("REDIS_URL"))?;
    let token = token.expose_secret();
    if address.contains('@') || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ConfigError::invalid("REDIS_TOKEN", "does not go into REDIS_URL"));
    }
    Ok(SecretString::from(format!("{scheme}://:{token}@{address}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured_url(env: &[(&str, &str)]) -> Result<String, String> {
        let read = Config::from_env(&Env::from_iter(env.iter().copied()));
        read.map(|config| config.url.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_goes_into_the_url_that_has_none() {
        let url = ("REDIS_URL", "rediss://cache:6379");
        assert_eq!(configured_url(&[url]).unwrap(), "rediss://cache:6379");
        assert_eq!(configured_url(&[url, ("REDIS_TOKEN", "")]).unwrap(), "rediss://cache:6379");
        assert_eq!(configured_url(&[url, ("REDIS_TOKEN", "l3tters")]).unwrap(), "rediss://:l3tters@cache:6379");
        for (url, token) in [("cache:6379", "l3tters"), ("rediss://:old@cache", "l3tters"), ("rediss://cache", "a/b@c")]
        {
            let error = configured_url(&[("REDIS_URL", url), ("REDIS_TOKEN", token)]).unwrap_err();
            assert!(error.contains("REDIS_") && !error.contains(token), "{error}");
        }
    }
}
