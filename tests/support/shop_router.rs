//! All groups behind one door, in the test's own process.

use axum::Router;
use runtime::Env;
use testkit::TestEnv;

/// The routes of every group on the stores of `bed`, configured by `vars`.
///
/// # Panics
/// When `vars` lack something.
pub fn shop_router(bed: &TestEnv, vars: &Env) -> Router {
    let clock = &bed.clock;
    let routes = Router::new()
        .merge(users::routes(users::App::from_env(vars, clock).unwrap()))
        .merge(products::routes(products::App::from_env(vars, clock).unwrap()))
        .merge(orders::routes(orders::App::from_env(vars, clock).unwrap()))
        .merge(payments::routes(payments::App::from_env(vars, clock).unwrap()))
        .merge(inventory::routes(inventory::App::from_env(vars, clock).unwrap()))
        .merge(notifications::routes(notifications::App::from_env(vars, clock).unwrap()))
        .merge(reviews::routes(reviews::App::from_env(vars, clock).unwrap()))
        .merge(analytics::routes(analytics::App::from_env(vars, clock).unwrap()));
    web::with_middleware(routes, &bed.http_stack())
}
