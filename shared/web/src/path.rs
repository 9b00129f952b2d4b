//! The parameters that a path may have: one, or two where an object belongs to another.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use domain::Problem;
use http::request::Parts;

use crate::ApiError;

/// A typed id from the path.
pub struct Id<T>(pub T);

/// Two typed ids from the path, in its order.
pub struct Ids<A, B>(pub A, pub B);

impl<S: Send + Sync, T> FromRequestParts<S> for Id<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        parse(&params(parts, state).await?, 0).map(Self)
    }
}

impl<S: Send + Sync, A, B> FromRequestParts<S> for Ids<A, B>
where
    A: FromStr,
    A::Err: Display,
    B: FromStr,
    B::Err: Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = params(parts, state).await?;
        Ok(Self(parse(&params, 0)?, parse(&params, 1)?))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    params.map_err(|_| Problem::invalid_field("path", "must be valid UTF-8").into())
}

fn parse<T>(params: &RawPathParams, index: usize) -> Result<T, ApiError>
where
    T: FromStr,
    T::Err: Display,
{
    let (name, text) = params.iter().nth(index).ok_or_else(|| Problem::internal("a route without its parameter"))?;
    text.parse().map_err(|error: T::Err| Problem::invalid_field(name.to_owned(), error.to_string()).into())
}
