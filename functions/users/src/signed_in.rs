//! The response to a sign-up and to a login.

use axum::response::{IntoResponse, Response};
use domain::users::User;
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;
use web::Json;

/// An authenticated user, and the epoch of the session that they may open.
pub(crate) struct AuthenticatedUser {
    pub(crate) user: User,
    pub(crate) epoch: i32,
}

/// The user, and the token to send from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    /// Goes into `Authorization: Bearer …`.
    pub(crate) token: String,
    /// The cookie that identifies this device at its next login.
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
        // A token must never be cached.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
