//! `POST /api/users/logout`

use axum::extract::State;
use web::{Buyer, NoContent};

use crate::App;

/// Sign out; the token is rejected from the next request
#[utoipa::path(
    post, path = "/api/users/logout",
    responses((status = 204, description = "The session has ended"))
)]
pub(crate) async fn log_out(State(app): State<App>, caller: Buyer) -> web::Result<NoContent> {
    app.sessions.close(caller.session, caller.id).await?;
    Ok(NoContent)
}
