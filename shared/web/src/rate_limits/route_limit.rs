//! The limit of a route: its class, and the middleware that counts its requests before the handler.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Problem;
use domain::rate_limits::RequestClass;
use http::request::Parts;
use utoipa::openapi::path::HttpMethod;

use crate::{ApiError, Authenticator};

/// A route as its handler's `#[utoipa::path]` names it, and the class of its requests.
pub struct Route {
    /// The path with its parameters, such as `/api/orders/{id}`.
    pub path: String,
    /// One method for most routes.
    pub methods: Vec<HttpMethod>,
    /// Which limits its requests count against.
    pub class: RequestClass,
}

impl Route {
    /// Without a class of its own, a route that only reads is a `read`, and any other a `write`.
    pub fn from_path<P: utoipa::Path>(class: Option<RequestClass>) -> Self {
        let methods = P::methods();
        let reads = methods.iter().all(|method| matches!(method, HttpMethod::Get | HttpMethod::Head));
        let class = class.unwrap_or(if reads { RequestClass::Read } else { RequestClass::Write });
        Self { path: P::path(), methods, class }
    }
}

/// The state of the middleware.
#[derive(Clone)]
pub struct RouteLimit {
    authenticator: Authenticator,
    class: RequestClass,
}

impl RouteLimit {
    pub fn new(authenticator: &Authenticator, class: RequestClass) -> Self {
        Self { authenticator: authenticator.clone(), class }
    }

    async fn check(&self, parts: &mut Parts) -> Result<(), Problem> {
        let limiter = self.authenticator.rate_limiter();
        let network = limiter.network(parts);
        if !limiter.has_user_limit(self.class) {
            return limiter.check(self.class, &network, None).await;
        }
        // The session is looked up at the same time: counting adds no latency to a request.
        self.authenticator.authenticate_while(parts, |user| limiter.check(self.class, &network, user)).await
    }
}

/// Counts a request before its handler, its body unread: 429 if there were too many.
pub(crate) async fn enforce_limit(State(limit): State<RouteLimit>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match limit.check(&mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => ApiError::from(problem).into_response(),
    }
}
