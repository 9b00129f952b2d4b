//! Answers.

use axum::response::{IntoResponse, Response};
use domain::{Cursor, Page};
use http::{HeaderValue, StatusCode, Uri, header};
use serde::Serialize;

use crate::conditional::etag;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// 200 with a value that has no version: a token, a figure.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, encode(&self.0))
    }
}

/// 200 with a single resource and its ETag.
pub struct Resource<T>(pub T);

impl<T: Serialize> IntoResponse for Resource<T> {
    fn into_response(self) -> Response {
        Bytes(encode(&self.0).into()).into_response()
    }
}

/// 200 with JSON that is encoded already (a cached answer), and its ETag.
pub struct Bytes(pub bytes::Bytes);

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        let tag = etag(&self.0);
        let mut response = json(StatusCode::OK, self.0);
        response.headers_mut().insert(header::ETAG, tag);
        response
    }
}

/// 201 with the new resource and where it is.
pub struct Created<T> {
    /// Its path.
    pub location: String,
    /// It.
    pub value: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let body = encode(&self.value);
        let tag = etag(&body);
        let mut response = json(StatusCode::CREATED, body);
        response.headers_mut().insert(header::ETAG, tag);
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// 204.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// 200 with a bare array, an ETag, and a link to the next page while there is more.
pub struct List<T> {
    page: Page<T>,
    next: Option<HeaderValue>,
}

impl<T: Serialize> List<T> {
    /// `uri` is the request's own: the link keeps its filters.
    pub fn new(uri: &Uri, page: Page<T>) -> Self {
        let next = page.next.as_ref().and_then(|cursor| next_link(uri, cursor.as_str()));
        Self { page, next }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        linked(encode(&self.page.items).into(), self.next)
    }
}

/// The same as [`List`] for an array that is encoded already (a cached page).
pub struct ListBytes {
    array: bytes::Bytes,
    next: Option<HeaderValue>,
}

impl ListBytes {
    /// `cursor` is where the next page starts, `None` on the last one.
    pub fn new(uri: &Uri, array: bytes::Bytes, cursor: Option<&str>) -> Self {
        Self { array, next: cursor.and_then(|cursor| next_link(uri, cursor)) }
    }
}

impl IntoResponse for ListBytes {
    fn into_response(self) -> Response {
        linked(self.array, self.next)
    }
}

fn linked(body: bytes::Bytes, next: Option<HeaderValue>) -> Response {
    let mut response = Bytes(body).into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}

/// 200 with an answer that holds a page of a list, its ETag, and a link to the next page while
/// there is more.
pub struct Linked<T> {
    value: T,
    next: Option<HeaderValue>,
}

impl<T: Serialize> Linked<T> {
    /// `uri` is the request's own: the link keeps its filters.
    pub fn new(uri: &Uri, next: Option<&Cursor>, value: T) -> Self {
        Self { value, next: next.and_then(|cursor| next_link(uri, cursor.as_str())) }
    }
}

impl<T: Serialize> IntoResponse for Linked<T> {
    fn into_response(self) -> Response {
        linked(encode(&self.value).into(), self.next)
    }
}

/// `</api/orders?limit=2&cursor=…>; rel="next"`.
pub(crate) fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let kept =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let mut query: Vec<&str> = kept.collect();
    let cursor = format!("cursor={cursor}");
    query.push(&cursor);
    HeaderValue::from_str(&format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))).ok()
}

/// Our own answer types always have a JSON form.
fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn json(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
