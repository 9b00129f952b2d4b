//! All groups behind one door, in the test's own process.

use axum::Router;
use runtime::Vars;
use testkit::Bed;

/// The routes of every group on the stores of `bed`, configured by `vars`.
///
/// # Panics
/// When `vars` lack something.
pub fn groups(bed: &Bed, vars: &Vars) -> Router {
    let clock = &bed.clock;
    let routes = Router::new()
        .merge(users::routes(users::App::read(vars, clock).unwrap()))
        .merge(products::routes(products::App::read(vars, clock).unwrap()))
        .merge(orders::routes(orders::App::read(vars, clock).unwrap()))
        .merge(payments::routes(payments::App::read(vars, clock).unwrap()))
        .merge(inventory::routes(inventory::App::read(vars, clock).unwrap()))
        .merge(notifications::routes(notifications::App::read(vars, clock).unwrap()))
        .merge(reviews::routes(reviews::App::read(vars, clock).unwrap()))
        .merge(analytics::routes(analytics::App::read(vars, clock).unwrap()));
    web::door(routes, &bed.door())
}
