//! The server's own routes, which belong to the whole shop and to no group.

use utoipa::openapi::path::{HttpMethod, OperationBuilder, Paths, PathsBuilder};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{ContentBuilder, PathItem, ResponseBuilder};

const TAG: &str = "shop";

/// Path, operation id, summary.
const ROUTES: [(&str, &str, &str); 2] =
    [("/health", "shop_health", "Alive"), ("/openapi.json", "show_openapi", "This document")];

pub(crate) fn shop_tag() -> Tag {
    TagBuilder::new().name(TAG).description(Some("The whole shop")).build()
}

pub(crate) fn shop_paths() -> Paths {
    ROUTES
        .into_iter()
        .fold(PathsBuilder::new(), |paths, (path, id, summary)| {
            let any_object = ContentBuilder::new().schema(Some(Object::with_type(Type::Object))).build();
            let response = ResponseBuilder::new().description("It").content("application/json", any_object);
            let operation = OperationBuilder::new()
                .tag(TAG)
                .operation_id(Some(id))
                .summary(Some(summary))
                .response("200", response.build());
            paths.path(path, PathItem::new(HttpMethod::Get, operation.build()))
        })
        .build()
}
