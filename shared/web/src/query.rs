//! Query strings, deserialized like bodies: the response to an invalid one names all of its invalid
//! parameters.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{ApiError, field_errors};

/// The parameters of the query. An empty one (`?category=`) counts as absent, as forms send it; the
/// first `=` ends a name, any further one is part of the value.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let joined = without_empty_parameters(parts.uri.query().unwrap_or_default());
        T::deserialize(serde_urlencoded::Deserializer::new(form_pairs(&joined)))
            .map(Self)
            .map_err(|error| field_errors::invalid_query::<T>(form_pairs(&joined), &error).into())
    }
}

/// The query without parameters that have no value.
fn without_empty_parameters(query: &str) -> String {
    let has_value = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty());
    query.split('&').filter(has_value).collect::<Vec<_>>().join("&")
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct TestQuery {
        q: Option<String>,
        limit: Option<u16>,
    }

    async fn read(query: &str) -> Result<TestQuery, ApiError> {
        let (mut parts, ()) = http::Request::get(format!("/api?{query}")).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await.map(|query| query.0)
    }

    #[tokio::test]
    async fn an_empty_parameter_is_absent_and_one_that_ends_in_an_equals_sign_is_not() {
        for (query, q) in [
            ("q=nothing=", Some("nothing=")),
            ("q=nothing%3D", Some("nothing=")),
            ("q==", Some("=")),
            ("q=a=b==&limit=", Some("a=b==")),
            ("q=", None),
            ("q", None),
            ("&&q=&", None),
            ("", None),
        ] {
            let expected = TestQuery { q: q.map(str::to_owned), limit: None };
            assert_eq!(read(query).await.unwrap(), expected, "{query}");
        }
        for rejected in ["limit=3=", "limit==3", "limit=3%3D", "limit=3&limit=4"] {
            assert!(read(rejected).await.is_err(), "{rejected}");
        }
    }
}
