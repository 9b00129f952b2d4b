//! Authentication: a verified token whose session is still valid. A handler's signature says who
//! may call it.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use domain::users::{Email, Role};
use domain::{Problem, ProblemKind, SessionId, Timestamp, UserId};
use http::header;
use http::request::Parts;
use runtime::{Clock, ConfigError, Env, SecurityEvent, set_caller};
use store_redis::{Session, Sessions};
use tokens::{Claims, KeySet, Verifier};

use crate::ApiError;
use crate::rate_limits::RateLimiter;

/// How many verified tokens are cached, so that a signature is checked once per instance and not
/// once per request. Expiry and session are still checked every time.
const MAX_VERIFIED_TOKENS: usize = 4096;

/// Verifies tokens and looks up their sessions. Every function with authenticated routes has one.
#[derive(Clone)]
pub struct Authenticator(Arc<AuthenticatorState>);

struct AuthenticatorState {
    verifier: Verifier,
    sessions: Sessions,
    rate_limiter: Arc<RateLimiter>,
    clock: Clock,
    verified: Mutex<HashMap<String, Claims>>,
}

impl Authenticator {
    /// Tokens signed by a key of `TOKEN_KEYS` (a JWK set), sessions in Redis, the limits of
    /// `LIMITS`, and `EDGE_KEY` if CloudFront is in front of the function.
    ///
    /// # Errors
    /// When the keys are not set, or keys or limits cannot be parsed.
    pub fn from_env(
        env: &Env,
        sessions: Sessions,
        clock: Clock,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let text: Result<String, ConfigError> = env.required("TOKEN_KEYS");
        let keys: KeySet = serde_json::from_str(&text?)?;
        let (verifier, limiter) = (Verifier::new(&keys)?, RateLimiter::from_env(env, &sessions, &clock)?);
        Ok(Self(Arc::new(AuthenticatorState {
            verifier,
            sessions,
            rate_limiter: limiter,
            clock,
            verified: Mutex::default(),
        })))
    }

    pub(crate) fn rate_limiter(&self) -> &RateLimiter {
        &self.0.rate_limiter
    }

    /// Authenticates the caller of a request while `concurrent` runs, which gets the user of the token.
    /// The result is stored for the handler's extractor, which may or may not use it.
    pub(crate) async fn authenticate_while<F: Future>(
        &self,
        parts: &mut Parts,
        concurrent: impl FnOnce(Option<UserId>) -> F,
    ) -> F::Output {
        let verified = match bearer_token(parts) {
            Ok(Some(token)) => self.verify_token(token),
            Ok(None) => return concurrent(None).await,
            Err(problem) => Err(problem),
        };
        let (output, authenticated) = match verified {
            Ok(claims) => tokio::join!(concurrent(Some(claims.user)), self.load_buyer(claims)),
            Err(problem) => (concurrent(None).await, Err(problem)),
        };
        parts.extensions.insert(Authenticated(Arc::new(Mutex::new(Some(authenticated)))));
        output
    }

    async fn authenticate(&self, token: &str) -> Result<Buyer, Problem> {
        self.load_buyer(self.verify_token(token)?).await
    }

    async fn load_buyer(&self, claims: Claims) -> Result<Buyer, Problem> {
        // The role is the session's, not the token's: it may have changed since the login.
        let session = self.0.sessions.find(claims.session, claims.user).await?;
        let Session { user_id, role, name, guest_email, .. } =
            session.ok_or_else(|| expired_token(&claims, "the session has ended"))?;
        set_caller(user_id);
        Ok(Buyer { id: user_id, role, name, session: claims.session, guest_email })
    }

    fn verify_token(&self, token: &str) -> Result<Claims, Problem> {
        let now = self.0.clock.now();
        let cached = self.verified_tokens().get(token).copied();
        if let Some(claims) = cached {
            return check_expiry(claims, now);
        }
        let claims = check_expiry(self.0.verifier.verify(token).map_err(|error| invalid_token(error.reason()))?, now)?;
        let mut cache = self.verified_tokens();
        if cache.len() >= MAX_VERIFIED_TOKENS {
            cache.clear();
        }
        cache.insert(token.to_owned(), claims);
        Ok(claims)
    }

    fn verified_tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, Claims>> {
        self.0.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_expiry(claims: Claims, now: Timestamp) -> Result<Claims, Problem> {
    if claims.is_expired(now) { Err(expired_token(&claims, "the token has expired")) } else { Ok(claims) }
}

/// A token that this shop did not issue: its claims about the owner are not trusted.
fn invalid_token(why: &'static str) -> Problem {
    unauthenticated(SecurityEvent::TokenInvalid, None, why)
}

/// A token that has expired or was revoked; its owner is known from the signature.
fn expired_token(claims: &Claims, why: &'static str) -> Problem {
    unauthenticated(SecurityEvent::TokenExpired, Some(claims.user), why)
}

/// The reason is for the security log: a client only learns that its token is invalid.
fn unauthenticated(event: SecurityEvent, user: Option<UserId>, why: &'static str) -> Problem {
    event.record(user.as_ref().map(|user| user as &dyn Display), why);
    Problem::new(ProblemKind::Unauthenticated, "unauthenticated", "Please log in.").with_cause(why)
}

/// Whoever may buy: a customer, an admin, or a guest without an account.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// Of an account or of a guest.
    pub id: UserId,
    pub role: Role,
    pub name: String,
    /// The session of the token.
    pub session: SessionId,
    /// Of a guest: where to write about their orders.
    pub guest_email: Option<Email>,
}

impl Buyer {
    /// Whether this caller may see what belongs to `owner`. A denial goes into the security log:
    /// the caller gets a 404, which the log could not distinguish from a wrong id.
    pub fn may_see(&self, owner: UserId) -> bool {
        self.is_admin() || self.owns(owner)
    }

    /// Whether this caller is `owner`; a denial goes into the security log.
    pub fn owns(&self, owner: UserId) -> bool {
        if self.id != owner {
            SecurityEvent::AccessDenied.record(Some(&self.id), "it belongs to another user");
        }
        self.id == owner
    }

    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Whether this caller has no account.
    pub fn is_guest(&self) -> bool {
        self.role == Role::Guest
    }
}

/// A signed-in user with an account, admins included.
#[derive(Clone, Debug)]
pub struct Customer(Buyer);

impl Deref for Customer {
    type Target = Buyer;
    fn deref(&self) -> &Buyer {
        &self.0
    }
}

#[derive(Clone, Debug)]
pub struct Admin(pub Customer);

/// Any caller, signed in or not; a token that is sent must still be valid.
#[derive(Clone, Debug)]
pub struct MaybeCustomer(pub Option<Buyer>);

/// The caller of a request, if it was authenticated before the handler; taken once.
#[derive(Clone)]
struct Authenticated(Arc<Mutex<Option<Result<Buyer, Problem>>>>);

fn take_authenticated(parts: &Parts) -> Option<Result<Buyer, Problem>> {
    parts.extensions.get::<Authenticated>()?.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn bearer_token(parts: &Parts) -> Result<Option<&str>, Problem> {
    let mut sent = parts.headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    // With two headers it would be unclear which of them another reader trusts.
    let value = value
        .to_str()
        .ok()
        .filter(|_| sent.next().is_none())
        .ok_or_else(|| invalid_token("the header is malformed"))?;
    tokens::parse_bearer(value).map(Some).ok_or_else(|| invalid_token("the scheme is not Bearer"))
}

impl<S: AsRef<Authenticator> + Send + Sync> FromRequestParts<S> for Buyer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Some(authenticated) = take_authenticated(parts) {
            return Ok(authenticated?);
        }
        let missing = || unauthenticated(SecurityEvent::TokenMissing, None, "there is no token");
        let token = bearer_token(parts)?.ok_or_else(missing)?;
        Ok(state.as_ref().authenticate(token).await?)
    }
}

impl<S: AsRef<Authenticator> + Send + Sync> FromRequestParts<S> for Customer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Buyer::from_request_parts(parts, state).await?;
        if caller.is_guest() {
            return Err(Problem::forbidden("Guests cannot do this. Please create an account or log in.").into());
        }
        Ok(Self(caller))
    }
}

/// The credentials of a request that may also be opened by something else, such as a link: they are
/// checked only if the handler asks, since without them a request is not yet refused.
pub struct Credentials {
    parts: Parts,
    authenticator: Authenticator,
}

impl Credentials {
    /// The caller, as [`Buyer`] extracts them.
    ///
    /// # Errors
    /// 401 without a valid token, 503 without a response of Redis.
    pub async fn buyer(mut self) -> Result<Buyer, ApiError> {
        Buyer::from_request_parts(&mut self.parts, &self.authenticator).await
    }
}

impl AsRef<Authenticator> for Authenticator {
    fn as_ref(&self) -> &Authenticator {
        self
    }
}

impl<S: AsRef<Authenticator> + Send + Sync> FromRequestParts<S> for Credentials {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self { parts: parts.clone(), authenticator: state.as_ref().clone() })
    }
}

impl<S: AsRef<Authenticator> + Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Customer::from_request_parts(parts, state).await?;
        if caller.is_admin() {
            return Ok(Self(caller));
        }
        Err(Problem::forbidden("Only admins can do this.").into())
    }
}

impl<S: AsRef<Authenticator> + Send + Sync> FromRequestParts<S> for MaybeCustomer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let authenticated = match take_authenticated(parts) {
            Some(authenticated) => authenticated,
            None => match bearer_token(parts)? {
                Some(token) => state.as_ref().authenticate(token).await,
                None => return Ok(Self(None)),
            },
        };
        match authenticated {
            Ok(caller) => Ok(Self(Some(caller))),
            // Public routes work without Redis; the caller is then anonymous.
            Err(problem) if problem.kind() == ProblemKind::Unavailable => Ok(Self(None)),
            Err(problem) => Err(problem.into()),
        }
    }
}
