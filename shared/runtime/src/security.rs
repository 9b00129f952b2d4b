//! The security log: what somebody looks for after an incident, as log lines of one shape and a
//! metric that an alarm watches.
//!
//! A line names the user by their id where it is known, why in words of the code's own, and the
//! request by its id, method and route, so that lines can be grouped. It never holds an email
//! address, a name, an IP address, a token or anything a client wrote.

use std::fmt::Display;

use crate::metrics;
use crate::request_context::{current_caller, current_endpoint};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SecurityEvent {
    /// Somebody signed in.
    LoginSucceeded,
    /// An address or a password was wrong, or the account is disabled.
    LoginFailed,
    /// A token is none of ours: somebody made it, or it is damaged.
    #[strum(serialize = "token_refused")]
    TokenInvalid,
    /// A token was ours and is over: it has expired, or its session has ended. Happens to everybody.
    #[strum(serialize = "token_ended")]
    TokenExpired,
    /// A request without a token where one is needed. Every crawler sends them.
    TokenMissing,
    /// Somebody who is known wanted what they may not do.
    AccessDenied,
    /// An operator gave an account another role.
    RoleChanged,
    /// All sessions of an account were ended.
    #[strum(serialize = "sessions_ended")]
    SessionsRevoked,
    /// An operator disabled an account.
    AccountDisabled,
    /// An operator enabled an account again.
    AccountEnabled,
    /// A request was refused because there were too many of its kind.
    #[strum(serialize = "limit_hit")]
    RateLimited,
}

impl SecurityEvent {
    /// As the log and the metric's label have it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Records it within the current request: `user` is an account's id where another one than
    /// the caller's is meant, `reason` a word or a sentence of the code's own.
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
