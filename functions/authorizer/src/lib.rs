//! The authorizer of the HTTP API: admits requests whose token is signed by a key of the shop for
//! this API, and rejects forged tokens before any function or store is involved.
//!
//! Checks the signature and nothing that changes with time: every function itself checks whether a
//! token has expired and whether its session is still valid, and responds in the API's own words.
//! So a decision may be cached, and a customer with an expired token reads "Please log in." (401)
//! and not the gateway's bare 403. Uses no store, needs no VPC.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use runtime::{Clock, Env, RequestContext, SecurityEvent, metrics, telemetry};
use serde::{Deserialize, Serialize};
use tokens::{KeySet, Verifier};
use tracing::Instrument;

/// The identity source and cache key in the gateway's configuration. The gateway sends names in
/// lower case; SAM on one machine sends them as the client wrote them.
const AUTHORIZATION_HEADER: &str = "authorization";

/// The gateway's request (payload format 2.0), as far as a decision needs it.
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
    /// The same id as in the access log.
    #[serde(default)]
    request_id: String,
}

/// The response to the gateway, in its simple format.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    is_authorized: bool,
    context: AuthorizerContext,
}

/// What the gateway may write into its access log; functions trust none of it.
#[derive(Debug, Default, Serialize)]
struct AuthorizerContext {
    /// The user of the token, as its issuer wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
}

/// The dependencies of the authorizer.
pub struct App {
    verifier: Verifier,
}

impl App {
    /// Reads `TOKEN_KEYS`, the JWK set of all keys that tokens may be signed with.
    ///
    /// # Errors
    /// When it is not set or cannot be parsed.
    pub fn from_env(env: &Env) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let keys: KeySet = serde_json::from_str(&env.required("TOKEN_KEYS")?)?;
        Ok(Self { verifier: Verifier::new(&keys)? })
    }
}

/// The longest time of a decision, by far: it calls no other service.
const DECISION_TIMEOUT: Duration = Duration::from_secs(1);

/// Decides about one request, records a rejection in the security log, and exports the number of
/// rejections to CloudWatch. The line has the request id of the gateway's access log.
pub async fn handle(app: &App, request: &AuthorizerRequest, clock: &Clock) -> AuthorizerResponse {
    let id = &request.request_context.request_id;
    let (method, route) = request.route_key.split_once(' ').unwrap_or(("", "none"));
    let decided = async {
        let response = authorize(app, request);
        metrics::flush(clock.now());
        response
    };
    let call = RequestContext::new(id, DECISION_TIMEOUT).with_endpoint(method, route);
    call.scope(decided.instrument(telemetry::request_span(id, None))).await
}

/// Decides about one request, within its [`RequestContext`](runtime::RequestContext).
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
    let rejected = |why| (SecurityEvent::TokenInvalid, why);
    if headers.next().is_some() {
        return Err(rejected("the header is malformed"));
    }
    let token = tokens::parse_bearer(header).ok_or(rejected("the scheme is not Bearer"))?;
    let claims = app.verifier.verify(token).map_err(|refusal| rejected(refusal.reason()))?;
    Ok(AuthorizerContext { sub: Some(claims.user.to_string()) })
}
