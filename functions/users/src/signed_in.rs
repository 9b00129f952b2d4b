//! What whoever signed in gets.

use axum::response::{IntoResponse, Response};
use domain::users::User;
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;
use web::Json;

/// Somebody who has shown who they are, and of which epoch the session is that they may open.
pub(crate) struct AuthenticatedUser {
    pub(crate) user: User,
    pub(crate) epoch: i32,
}

/// Who signed in, and the token to send from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) user: User,
    /// Goes into `Authorization: Bearer …`.
    pub(crate) token: String,
    /// The cookie by which this device is known at its next login.
    #[serde(skip)]
    pub(crate) device: Option<HeaderValue>,
}

impl IntoResponse for SignedIn {
    fn into_response(mut self) -> Response {
        let device = self.device.take();
        let mut response = Json(self).into_response();
        if let Some(device) = device {
            response.headers_mut().insert(header::SET_COOKIE, device);
        }
        // A token must lie in nobody's cache.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
