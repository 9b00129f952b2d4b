//! All groups in one router, in the test's own process.

use axum::Router;
use runtime::Env;
use testkit::TestEnv;

/// The routes of every group on the stores of `test_env`, configured by `env`.
///
/// # Panics
/// When `env` lacks something.
pub fn shop_router(test_env: &TestEnv, env: &Env) -> Router {
    let (clock, mut routes) = (&test_env.clock, Router::new());
    macro_rules! merge {
        ($($group:ident: $about:literal,)+) => {
            $(routes = routes.merge(api::$group::routes(api::$group::App::from_env(env, clock).unwrap()));)+
        };
    }
    api::for_each_group!(merge);
    web::with_middleware(routes, &test_env.http_stack())
}
