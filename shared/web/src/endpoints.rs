//! An endpoint group: one list of handlers makes both its router and its OpenAPI document, so that
//! neither can have a route that the other lacks.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use domain::rate_limits::RequestClass;
use utoipa::openapi::path::HttpMethod;

use crate::Authenticator;
use crate::ReadinessChecks;
use crate::rate_limits::{Route, RouteLimit, enforce_limit};

/// Adds a handler at the method and path that its `#[utoipa::path]` names, behind the rate limits
/// of its class.
pub fn mount_handler<P, H, T, S>(
    routes: Router<S>,
    handler: H,
    authenticator: &Authenticator,
    class: Option<RequestClass>,
) -> Router<S>
where
    P: utoipa::Path,
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let Route { path, methods, class } = Route::from_path::<P>(class);
    let method = methods.into_iter().map(method_filter).reduce(MethodFilter::or).unwrap_or(MethodFilter::GET);
    let limit = RouteLimit::new(authenticator, class);
    routes.route(&path, on(method, handler).route_layer(from_fn_with_state(limit, enforce_limit)))
}

/// Adds health and readiness; called by [`endpoints!`](crate::endpoints).
#[doc(hidden)]
pub fn mount_health<S: ReadinessChecks>(group: &str, routes: Router<S>, authenticator: &Authenticator) -> Router<S> {
    crate::health::mount(group, routes, authenticator)
}

fn method_filter(method: HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}

/// Declares a function's endpoint group and makes `routes(App)`, `router(App, &HttpStack)` and `api()`.
/// Method and path of each endpoint are its handler's, in `#[utoipa::path]`. Everything else about it is
/// written here and nowhere else (`tools/api` reads it):
///
/// ```ignore
/// web::endpoints!("orders", App:
///     place::place_order {
///         access: Customer,              // who may call it: `web::Access`
///         rate: PlaceOrder,              // its class of rate limits; default: `Read` for a GET, else `Write`
///         repeat: IdempotencyKey,        // for a write: why it may be repeated, `web::Repeat`
///         query: "limit=10",             // an example query string
///         body: {"items": []}            // a body that succeeds, given that its ids exist
///     },
/// );
/// ```
#[macro_export]
macro_rules! endpoints {
    ($name:literal, $app:ty: $($module:ident :: $handler:ident {
        access: $access:ident
        $(, rate: $class:ident)?
        $(, repeat: $repeat:ident $(($why:literal))?)?
        $(, query: $query:literal)?
        $(, body: $body:tt)?
        $(,)?
    }),+ $(,)?) => {
        $crate::pastey::paste! {
            /// The group's routes, without middleware: the local server merges those of all groups.
            pub fn routes(app: $app) -> $crate::axum::Router {
                let routes = $crate::axum::Router::new();
                let authenticator = <$app as ::core::convert::AsRef<$crate::Authenticator>>::as_ref(&app).clone();
                $(let routes = $crate::mount_handler::<$module::[<__path_ $handler>], _, _, _>(
                    routes, $module::$handler, &authenticator, $crate::optional!($($crate::RequestClass::$class)?),
                );)+
                $crate::mount_health($name, routes, &authenticator).with_state(app)
            }

            /// The group as it is served on its own.
            pub fn router(app: $app, stack: &$crate::HttpStack) -> $crate::axum::Router {
                $crate::with_middleware(routes(app), stack)
            }

            /// The group's OpenAPI document. Only tools call it: no function carries it.
            pub fn api() -> $crate::utoipa::openapi::OpenApi {
                use $crate::utoipa::OpenApi as _;
                #[derive($crate::utoipa::OpenApi)]
                #[openapi(paths($($module::$handler),+), components(schemas($crate::ProblemBody)))]
                struct Document;
                let endpoints = [$($crate::Endpoint {
                    route: $crate::Route::from_path::<$module::[<__path_ $handler>]>(
                        $crate::optional!($($crate::RequestClass::$class)?),
                    ),
                    access: $crate::Access::$access,
                    repeat: $crate::optional!($($crate::Repeat::$repeat $(($why))?)?),
                    query: $crate::optional!($($query)?),
                    body: $crate::optional!($($crate::serde_json::json!($body))?),
                }),+];
                $crate::complete_document($name, Document::openapi(), &endpoints)
            }
        }
    };
}

/// `Some` of an attribute that the list has, `None` otherwise.
#[doc(hidden)]
#[macro_export]
macro_rules! optional {
    () => {
        ::core::option::Option::None
    };
    ($value:expr) => {
        ::core::option::Option::Some($value)
    };
}
