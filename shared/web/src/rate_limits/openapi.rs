//! Adds a route's limits to its OpenAPI document, from the numbers that are enforced.

use domain::rate_limits::{BucketLocation, DEFAULT_LIMITS, RequestClass};
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

/// The extension in which programs find an operation's limits.
const EXTENSION: &str = "x-rate-limit";

/// Adds the response 429 with its numbers, and the same numbers for programs.
pub(crate) fn describe_limits(operation: &mut Operation, class: RequestClass) {
    let limits: Vec<_> = DEFAULT_LIMITS.iter().filter(|limit| limit.class == class).collect();
    let texts: Vec<String> = limits
        .iter()
        .map(|limit| format!("{} in {} s per {}", limit.rate.requests, limit.rate.seconds, limit.scope.as_str()))
        .collect();
    let whole = match class.bucket_location() {
        BucketLocation::Shared => "",
        BucketLocation::PerInstance => ", by each instance for itself",
    };
    let wait = HeaderBuilder::new()
        .description(Some("Seconds until the next request is accepted"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build()));
    let response = ResponseBuilder::new()
        .description(format!("Too many requests (`{}`): {}{whole}", class.as_str(), texts.join(", ")))
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build(),
        )
        .header("Retry-After", wait.build());
    operation.responses.responses.entry("429".to_owned()).or_insert(response.build().into());
    let counted = match class.bucket_location() {
        BucketLocation::Shared => "together",
        BucketLocation::PerInstance => "per instance",
    };
    let limits: Vec<Value> = limits
        .iter()
        .map(|limit| json!({"per": limit.scope.as_str(), "requests": limit.rate.requests, "seconds": limit.rate.seconds}))
        .collect();
    let value = json!({"class": class.as_str(), "counted": counted, "limits": limits});
    let extensions = operation.extensions.get_or_insert_default();
    extensions.merge(Extensions::from_iter([(EXTENSION, value)]));
}
