//! Removes what API Gateway adds to a path.

use axum::http::Uri;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// The beginnings of all paths of the API.
const ROUTE_PREFIXES: [&str; 2] = ["/api/", "/.well-known/"];

/// The path as the routers know it. A REST API's stage is prepended by the events library, an HTTP
/// API's named stage by the gateway; `$default` and a load balancer add nothing.
pub(crate) fn strip_stage(mut request: Request) -> Request {
    let path = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(_)) => Some(request.raw_http_path().to_owned()),
        Some(RequestContext::ApiGatewayV2(context)) => path_after_stage(request.uri().path(), context.stage.as_deref()),
        _ => None,
    };
    if let Some(path) = path.filter(|path| path != request.uri().path()) {
        replace_path(request.uri_mut(), &path);
    }
    request
}

fn path_after_stage(path: &str, stage: Option<&str>) -> Option<String> {
    let rest = path.strip_prefix('/')?.strip_prefix(stage?)?;
    ROUTE_PREFIXES.iter().any(|ours| rest.starts_with(ours)).then(|| rest.to_owned())
}

fn replace_path(uri: &mut Uri, path: &str) {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = std::mem::take(uri).into_parts();
    // What was no valid path stays invalid: the router then responds 404.
    parts.path_and_query = format!("{path}{query}").parse().ok();
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_removed_and_what_looks_like_one_stays() {
        for (path, stage, left) in [
            ("/prod/api/products", "prod", Some("/api/products")),
            ("/api/products", "prod", None),
            ("/api/products", "api", None),
            ("/api/api/products", "api", Some("/api/products")),
            ("/production/api/products", "prod", None),
            ("/api/products", "$default", None),
        ] {
            assert_eq!(path_after_stage(path, Some(stage)).as_deref(), left, "{path} {stage}");
        }
    }
}
