//! A sample request for each route of the OpenAPI document.

use api::Route;

#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    pub function: String,
    pub operation_id: String,
    /// In upper case, such as `GET`.
    pub method: String,
    /// The path with its parameters, such as `/api/orders/{id}`.
    pub route: String,
    /// The path with values, such as `/api/orders/1`.
    pub path: String,
    pub path_parameters: Vec<(String, String)>,
    /// Without its question mark; may be empty.
    pub query: String,
    /// The body as JSON text.
    pub body: Option<String>,
    /// The route rejects requests without a token.
    pub needs_token: bool,
}

/// Every route that a function serves, with the sample of the document.
pub fn sample_requests() -> Vec<SampleRequest> {
    api::routes().into_iter().map(sample_request).collect()
}

fn sample_request(route: Route) -> SampleRequest {
    let values = route.path_parameters.iter().map(|(name, value)| (name.clone(), (*value).to_owned()));
    SampleRequest {
        path: route.sample_path(),
        path_parameters: values.collect(),
        needs_token: route.access.needs_token(),
        function: route.group,
        operation_id: route.operation_id,
        method: route.method,
        route: route.path,
        query: route.query,
        body: route.body.as_ref().map(ToString::to_string),
    }
}
