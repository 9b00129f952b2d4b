//! The limit of a route: its class, and what counts its requests before its handler.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Problem;
use domain::limits::Class;
use http::request::Parts;
use utoipa::openapi::path::HttpMethod;

use crate::{Failure, Guard};

/// A route as its handler's `#[utoipa::path]` names it, and the class of its requests.
pub struct Route {
    /// `/api/orders/{id}`
    pub path: String,
    /// Usually one.
    pub methods: Vec<HttpMethod>,
    /// Which limits its requests count against.
    pub class: Class,
}

impl Route {
    /// Without a class of its own, a route that only reads is a `read`, and any other a `write`.
    pub fn of<P: utoipa::Path>(class: Option<Class>) -> Self {
        let methods = P::methods();
        let reads = methods.iter().all(|method| matches!(method, HttpMethod::Get | HttpMethod::Head));
        let class = class.unwrap_or(if reads { Class::Read } else { Class::Write });
        Self { path: P::path(), methods, class }
    }
}

/// What is put before a route.
#[derive(Clone)]
pub struct Limited {
    guard: Guard,
    class: Class,
}

impl Limited {
    /// A limit of this class.
    pub fn new(guard: &Guard, class: Class) -> Self {
        Self { guard: guard.clone(), class }
    }

    async fn admit(&self, parts: &mut Parts) -> Result<(), Problem> {
        let limiter = self.guard.limiter();
        let network = limiter.network(parts);
        if !limiter.counts_users(self.class) {
            return limiter.count(self.class, &network, None).await;
        }
        // The session is looked up meanwhile: to be counted costs a request no time.
        self.guard.admit_beside(parts, |user| limiter.count(self.class, &network, user)).await
    }
}

/// Counts a request before its handler, its body unread: 429 where there were too many.
pub(crate) async fn limited(State(limit): State<Limited>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match limit.admit(&mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => Failure::from(refused).into_response(),
    }
}
