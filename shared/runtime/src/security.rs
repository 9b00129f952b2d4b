//! The security log: what one needs after an incident, as log lines of one form and a metric that
//! an alarm watches.
//!
//! A line names the user by id if known, the reason in fixed words, and the request by its id,
//! method and route, so that lines can be grouped. It never contains an email address, a name, an
//! IP address, a token or anything a client wrote.

use std::fmt::Display;

use crate::metrics;
use crate::request_context::{current_caller, current_endpoint};

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SecurityEvent {
    LoginSucceeded,
    /// The address or the password was wrong, or the account is disabled.
    LoginFailed,
    /// The shop did not issue this token: it is forged or damaged.
    #[strum(serialize = "token_refused")]
    TokenInvalid,
    /// A valid token that has expired or whose session has ended. Normal for every user.
    #[strum(serialize = "token_ended")]
    TokenExpired,
    /// A request without a token where one is required. Every crawler sends them.
    TokenMissing,
    /// An authenticated user tried something that they may not do.
    AccessDenied,
    /// An operator changed an account's role.
    RoleChanged,
    /// All sessions of an account were revoked.
    #[strum(serialize = "sessions_ended")]
    SessionsRevoked,
    /// An operator disabled an account.
    AccountDisabled,
    /// An operator enabled an account again.
    AccountEnabled,
    /// An account's address was verified: it may have taken over orders of guests.
    AccountVerified,
    /// A request was rejected by a rate limit.
    #[strum(serialize = "limit_hit")]
    RateLimited,
}

impl SecurityEvent {
    /// The name in the log and in the metric's label.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Records it within the current request: `user` is an account's id if it differs from the
    /// caller's, `reason` a word or a sentence from the code.
    pub fn record(self, user: Option<&dyn Display>, reason: &str) {
        let target = current_endpoint();
        let (method, route) = match target.as_deref() {
            Some(target) => (Some(target.method.as_str()), Some(target.route.as_str())),
            None => (None, None),
        };
        metrics::SECURITY_EVENTS.increment_labeled(self.as_str());
        let user = user.map(ToString::to_string).or_else(|| current_caller().map(|caller| caller.to_string()));
        tracing::info!(
            security.event = self.as_str(),
            security.reason = reason,
            user.id = user,
            http.method = method,
            http.route = route,
            "A security event was recorded."
        );
    }
}
