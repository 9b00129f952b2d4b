//! The first gate, before the HTTP API: lets through what carries a token that one of our keys
//! signed for this API, and costs a forger an answer without a function or a store behind it.
//!
//! Checks the signature and nothing that changes with time: whether a token has expired and
//! whether its session still lives, every function checks itself, and answers in the API's own
//! words. So what is decided here may be cached, and a customer whose token has run out reads
//! "Please log in." (401) and not the gateway's bare 403. Touches no store, needs no VPC.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use runtime::{Clock, Env, RequestContext, SecurityEvent, metrics, telemetry};
use serde::{Deserialize, Serialize};
use tokens::{KeySet, Verifier};
use tracing::Instrument;

/// The header that the gateway is told to look at, and to cache by. The gateway sends names in lower
/// case; SAM on one machine sends them as the client wrote them.
const AUTHORIZATION_HEADER: &str = "authorization";

/// A request as the gateway tells of it (payload format 2.0), as far as a decision needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// A header that was sent twice has both its values, joined by a comma.
    #[serde(default)]
    headers: HashMap<String, String>,
    /// `GET /api/users/{id}`, for the security log.
    #[serde(default)]
    route_key: String,
    #[serde(default)]
    request_context: GatewayContext,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayContext {
    /// As the access log has it.
    #[serde(default)]
    request_id: String,
}

/// What the gateway is told, in its simple form.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    is_authorized: bool,
    context: AuthorizerContext,
}

/// What the gateway may write into its access log; functions believe none of it.
#[derive(Debug, Default, Serialize)]
struct AuthorizerContext {
    /// Whose token it is, as its issuer wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
}

/// What the gate works with.
pub struct App {
    verifier: Verifier,
}

impl App {
    /// Reads `TOKEN_KEYS`, the JWK set of all keys that tokens may be signed with.
    ///
    /// # Errors
    /// When it is not set or cannot be read.
    pub fn from_env(env: &Env) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let keys: KeySet = serde_json::from_str(&env.required("TOKEN_KEYS")?)?;
        Ok(Self { verifier: Verifier::new(&keys)? })
    }
}

/// The longest that a decision takes, by far: it asks nobody.
const DECISION_TIMEOUT: Duration = Duration::from_secs(1);

/// Decides about one request, tells the security log of a refusal, and CloudWatch how many there
/// were. The line has the request's id as the gateway's access log has it.
pub async fn handle(app: &App, request: &AuthorizerRequest, clock: &Clock) -> AuthorizerResponse {
    let id = &request.request_context.request_id;
    let (method, route) = request.route_key.split_once(' ').unwrap_or(("", "none"));
    let decided = async {
        let answer = authorize(app, request);
        metrics::flush(clock.now());
        answer
    };
    let call = RequestContext::new(id, DECISION_TIMEOUT).with_endpoint(method, route);
    call.scope(decided.instrument(telemetry::request_span(id, None))).await
}

/// Decides about one request, within its [`Call`].
pub fn authorize(app: &App, request: &AuthorizerRequest) -> AuthorizerResponse {
    match verify_request(app, request) {
        Ok(known) => AuthorizerResponse { is_authorized: true, context: known },
        Err((event, why)) => {
            event.record(None, why);
            AuthorizerResponse { is_authorized: false, context: AuthorizerContext::default() }
        }
    }
}

fn verify_request(app: &App, request: &AuthorizerRequest) -> Result<AuthorizerContext, (SecurityEvent, &'static str)> {
    let mut headers = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(AUTHORIZATION_HEADER));
    let (_, header) = headers.next().ok_or((SecurityEvent::TokenMissing, "there is no token"))?;
    let refused = |why| (SecurityEvent::TokenInvalid, why);
    if headers.next().is_some() {
        return Err(refused("the header is malformed"));
    }
    let token = tokens::parse_bearer(header).ok_or(refused("the scheme is not Bearer"))?;
    let claims = app.verifier.verify(token).map_err(|refusal| refused(refusal.reason()))?;
    Ok(AuthorizerContext { sub: Some(claims.user.to_string()) })
}
