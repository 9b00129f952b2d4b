//! All groups behind one door, in the test's own process.

use axum::Router;
use runtime::Env;
use testkit::TestEnv;

/// The routes of every group on the stores of `bed`, configured by `vars`.
///
/// # Panics
/// When `vars` lack something.
pub fn shop_router(test_env: &TestEnv, env: &Env) -> Router {
    let clock = &test_env.clock;
    let routes = Router::new()
        .merge(users::routes(users::App::from_env(env, clock).unwrap()))
        .merge(products::routes(products::App::from_env(env, clock).unwrap()))
        .merge(orders::routes(orders::App::from_env(env, clock).unwrap()))
        .merge(payments::routes(payments::App::from_env(env, clock).unwrap()))
        .merge(inventory::routes(inventory::App::from_env(env, clock).unwrap()))
        .merge(notifications::routes(notifications::App::from_env(env, clock).unwrap()))
        .merge(reviews::routes(reviews::App::from_env(env, clock).unwrap()))
        .merge(analytics::routes(analytics::App::from_env(env, clock).unwrap()));
    web::with_middleware(routes, &test_env.http_stack())
}
