//! A sample request for each route of the OpenAPI document.

use serde_json::{Map, Value};

use super::sample_bodies::{BODIES, NUMBER, OBJECT_ID, QUERIES, UUID};

#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    pub function: String,
    pub operation_id: String,
    /// In upper case.
    pub method: String,
    /// With parameters: `/api/orders/{id}`.
    pub route: String,
    /// With values: `/api/orders/1`.
    pub path: String,
    /// Names and values.
    pub path_parameters: Vec<(String, String)>,
    /// Without its question mark; may be empty.
    pub query: String,
    /// JSON.
    pub body: Option<String>,
    /// The route rejects requests without a token.
    pub needs_token: bool,
}

/// Routes that no function serves.
const STATIC_ROUTES: [&str; 2] = ["/health", "/openapi.json"];
/// The one route outside its group's path, and its function.
const JWKS_ROUTE: (&str, &str) = ("/.well-known/jwks.json", "users");

/// Every route that a function serves.
///
/// # Panics
/// When [`BODIES`] has no body for an operation with a body, or a path parameter has an unknown type.
pub fn sample_requests(document: &Value) -> Vec<SampleRequest> {
    let empty = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    let served = paths.iter().filter(|(route, _)| !STATIC_ROUTES.contains(&route.as_str()));
    served
        .flat_map(|(route, item)| {
            let item = item.as_object().into_iter().flatten();
            item.filter(|(_, operation)| operation.is_object())
                .map(|(method, operation)| sample_request(document, route, method, operation))
        })
        .collect()
}

fn sample_request(document: &Value, route: &str, method: &str, operation: &Value) -> SampleRequest {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let function = if route == JWKS_ROUTE.0 { JWKS_ROUTE.1 } else { route.split('/').nth(2).unwrap_or_default() };
    let parameters: Vec<(String, String)> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "path")
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            (name.to_owned(), sample_value(document, &parameter["schema"], route).to_owned())
        })
        .collect();
    let path =
        parameters.iter().fold(route.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    let found = |table: &[(&str, &str)]| table.iter().find(|(name, _)| *name == id).map(|(_, text)| (*text).to_owned());
    let body = operation.get("requestBody").map(|_| {
        found(&BODIES).unwrap_or_else(|| {
            panic!("{id} has a body: add a sample to BODIES in tools/lambda-harness/src/stored_events/sample_bodies.rs")
        })
    });
    let security = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
    SampleRequest {
        function: function.to_owned(),
        method: method.to_uppercase(),
        route: route.to_owned(),
        path,
        path_parameters: parameters,
        query: found(&QUERIES).unwrap_or_default(),
        body,
        // With an empty requirement beside the bearer's, the token is optional.
        needs_token: !security.is_empty() && security.iter().all(|one| one.get("bearer").is_some()),
        operation_id: id,
    }
}

fn sample_value<'a>(document: &Value, schema: &Value, route: &str) -> &'a str {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return sample_value(document, found.unwrap_or(&Value::Null), route);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => NUMBER,
        (Some("string"), Some("uuid")) => UUID,
        (Some("string"), None) if schema["pattern"] == "^[0-9a-f]{24}$" => OBJECT_ID,
        other => panic!("{route} has a path parameter of an unknown type: {other:?}"),
    }
}
