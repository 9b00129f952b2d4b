//! `GET /api/users/me`

use axum::extract::State;
use domain::Problem;
use domain::users::User;
use web::{Buyer, Resource};

use crate::App;

/// The caller's own account, or the guest that the caller is
#[utoipa::path(
    get, path = "/api/users/me",
    responses((status = 200, description = "The account or guest", body = User))
)]
pub(crate) async fn show_me(State(app): State<App>, caller: Buyer) -> web::Result<Resource<User>> {
    let user = store_postgres::users::find(&mut app.db.acquire().await?, caller.id).await?;
    Ok(Resource(user.ok_or_else(|| Problem::not_found("user"))?))
}
