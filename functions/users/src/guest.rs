//! `POST /api/users/guest`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::users::{Email, Guest, PersonName, Role};
use domain::{Problem, SessionId};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use store_redis::Session;
use utoipa::ToSchema;
use web::{Body, Json};

use crate::App;

/// Who buys, and where to write about it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BeginAsGuest {
    email: Email,
    name: PersonName,
}

/// The guest, and the token to send from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct GuestSession {
    guest: Guest,
    /// Goes into `Authorization: Bearer …`.
    token: String,
}

/// Begin to buy without an account
///
/// The token may place, read, pay and cancel this guest's own orders, and nothing else. Each request makes
/// another guest. It says nothing about whether the address has an account.
#[utoipa::path(
    post, path = "/api/users/guest", request_body = BeginAsGuest,
    responses((status = 201, description = "The guest and a token", body = GuestSession))
)]
pub(crate) async fn begin_as_guest(State(app): State<App>, body: Body<BeginAsGuest>) -> web::Result<Response> {
    let BeginAsGuest { email, name } = body.value;
    let guest = store_postgres::guests::insert(&mut app.db.acquire().await?, &email, &name, app.clock.now()).await?;
    let token = app.open_guest_session(&guest, email).await?;
    let mut response = (StatusCode::CREATED, Json(GuestSession { guest, token })).into_response();
    // A token must never be cached.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl App {
    /// Opens a guest's session; the token is not valid before. No device is remembered: a guest never logs
    /// in.
    async fn open_guest_session(&self, guest: &Guest, email: Email) -> Result<String, Problem> {
        let (id, now) = (SessionId::new(self.clock.new_uuid()), self.clock.now());
        let token = self.signer.sign(guest.id, Role::Guest, id, now).map_err(Problem::internal)?;
        let name = guest.name.clone();
        let session = Session { user_id: guest.id, role: Role::Guest, name, epoch: 0, guest_email: Some(email) };
        self.sessions.open(id, &session, self.signer.lifetime_seconds(), now).await?;
        Ok(token)
    }
}
