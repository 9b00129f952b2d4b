//! What all operations of the API have in common, added to its document in one place: that an empty
//! parameter counts as absent, how a list continues, how a header is written, how a request fails.

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

use crate::endpoint::{Access, Endpoint, describe_endpoint};
use crate::health::{HEALTH_CLASS, READINESS_CLASS};
use crate::rate_limits::{Route, describe_limits};

/// Adds what every group has to its document: the tag, health and readiness, the common parts of
/// lists and parameters, the responses that any route may give.
pub fn complete_document(group: &str, mut api: OpenApi, endpoints: &[Endpoint]) -> OpenApi {
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        operation.tags = Some(vec![group.to_owned()]);
        describe_query_and_links(operation);
    }
    for endpoint in endpoints {
        for method in &endpoint.route.methods {
            let operation = api.paths.paths.get_mut(&endpoint.route.path).and_then(|item| operation(item, method));
            operation.into_iter().for_each(|operation| describe(operation, endpoint));
        }
    }
    for (name, summary, class) in
        [("health", "Alive", HEALTH_CLASS), ("ready", "Whether its stores respond", READINESS_CLASS)]
    {
        let mut operation = OperationBuilder::new()
            .tag(group)
            .operation_id(Some(format!("{group}_{name}")))
            .summary(Some(summary))
            .response("200", ResponseBuilder::new().description("Available"))
            .response("503", ResponseBuilder::new().description("A store is unavailable"))
            .build();
        let path = format!("/api/{group}/{name}");
        let route = Route { path: path.clone(), methods: vec![HttpMethod::Get], class };
        describe(&mut operation, &Endpoint { route, access: Access::Anyone, repeat: None, query: None, body: None });
        api.paths.paths.insert(path, PathItem::new(HttpMethod::Get, operation));
    }
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
        let response = ResponseBuilder::new()
            .description("What went wrong; `code` is stable")
            .content("application/problem+json", problem)
            .build();
        operation.responses.responses.entry("default".to_owned()).or_insert(response.into());
    }
    api
}

fn describe(operation: &mut Operation, endpoint: &Endpoint) {
    describe_limits(operation, endpoint.route.class);
    describe_endpoint(operation, endpoint);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// The operation of a method that a route has.
fn operation<'a>(item: &'a mut PathItem, method: &HttpMethod) -> Option<&'a mut Operation> {
    match method {
        HttpMethod::Get => item.get.as_mut(),
        HttpMethod::Post => item.post.as_mut(),
        HttpMethod::Put => item.put.as_mut(),
        HttpMethod::Delete => item.delete.as_mut(),
        HttpMethod::Options | HttpMethod::Head | HttpMethod::Patch | HttpMethod::Trace => None,
    }
}

fn describe_query_and_links(operation: &mut Operation) {
    let parameters = operation.parameters.iter_mut().flatten();
    let mut is_list = false;
    for parameter in parameters {
        let RefOr::T(parameter) = parameter else { continue };
        if parameter.parameter_in != ParameterIn::Query {
            continue;
        }
        is_list |= parameter.name == "cursor";
        // `Query` reads an empty parameter as absent. This is OpenAPI's keyword for that, which
        // utoipa lacks.
        parameter.extensions = Some(Extensions::from_iter([("allowEmptyValue", true)]));
    }
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200").filter(|_| is_list) {
        let link = HeaderBuilder::new()
            .description(Some("`<…>; rel=\"next\"`: the next page, while there is more"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()));
        response.headers.insert("Link".to_owned(), link.build().into());
    }
}

/// A header that a request may have.
pub(crate) fn header_parameter(name: &str, description: &str, pattern: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).min_length(Some(1));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(text.build()))
        .build()
}
