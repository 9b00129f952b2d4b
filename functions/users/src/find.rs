//! `GET /api/users/{id}`

use axum::extract::State;
use domain::users::User;
use domain::{Problem, UserId};
use web::{Customer, Id, Resource};

use crate::App;

/// An account, for its owner and for admins
#[utoipa::path(
    get, path = "/api/users/{id}",
    params(("id" = UserId, Path, description = "The account's id")),
    responses((status = 200, description = "The account", body = User))
)]
pub(crate) async fn show_user(State(app): State<App>, caller: Customer, id: Id<UserId>) -> web::Result<Resource<User>> {
    // Another user's account looks like a missing one, and costs no query.
    if !caller.may_see(id.0) {
        return Err(Problem::not_found("user").into());
    }
    let user = store_postgres::users::find(&mut app.db.acquire().await?, id.0).await?;
    Ok(Resource(user.ok_or_else(|| Problem::not_found("user"))?))
}
