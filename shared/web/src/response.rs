//! Response types of handlers.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::conditional::etag;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// 200 with a value that has no version: a token, a total.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, to_json(&self.0))
    }
}

/// 200 with a single resource and its ETag.
pub struct Resource<T>(pub T);

impl<T: Serialize> IntoResponse for Resource<T> {
    fn into_response(self) -> Response {
        EncodedJson(to_json(&self.0).into()).into_response()
    }
}

/// 200 with JSON that is encoded already (a cached response), and its ETag.
pub struct EncodedJson(pub bytes::Bytes);

impl IntoResponse for EncodedJson {
    fn into_response(self) -> Response {
        let tag = etag(&self.0);
        let mut response = json_response(StatusCode::OK, self.0);
        response.headers_mut().insert(header::ETAG, tag);
        response
    }
}

/// 201 with the new resource and its location.
pub struct Created<T> {
    /// The path of the resource.
    pub location: String,
    pub value: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let body = to_json(&self.value);
        let tag = etag(&body);
        let mut response = json_response(StatusCode::CREATED, body);
        response.headers_mut().insert(header::ETAG, tag);
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// A response with status 204 and no body.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The shop's own response types always have a JSON form.
fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn json_response(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
