//! Query strings, read like bodies: an error names its parameter.

use axum::extract::FromRequestParts;
use domain::Problem;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::body::field_of;

/// The parameters of the query. An empty one (`?category=`) counts as absent, as forms send them.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let given = parts.uri.query().unwrap_or_default();
        let filled: Vec<&str> = given.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).collect();
        let joined = filled.join("&");
        let pairs = serde_urlencoded::Deserializer::new(form_pairs(&joined));
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| {
            let path = error.path().to_string();
            let (field, message) = field_of(&path, &error.inner().to_string());
            Problem::field(if field == "body" { "query".to_owned() } else { field }, message).into()
        })
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}
