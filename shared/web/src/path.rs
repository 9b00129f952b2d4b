//! The one parameter that a path may have.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use domain::Problem;
use http::request::Parts;

use crate::ApiError;

/// A typed id from the path.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T> FromRequestParts<S> for Id<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let named = named.map_err(|_| Problem::invalid_field("path", "must be valid UTF-8"))?.0;
        let (name, text) =
            named.into_iter().next().ok_or_else(|| Problem::internal("a route without its parameter"))?;
        text.parse().map(Self).map_err(|error: T::Err| Problem::invalid_field(name, error.to_string()).into())
    }
}
