//! POST /api/users/signup

use axum::extract::State;
use axum::response::IntoResponse;
use domain::users::{Email, Password, PersonName, Refused};
use http::{StatusCode, header};
use postgres::users::NewUser;
use runtime::SecurityEvent;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Body;

use crate::App;
use crate::signed_in::SignedIn;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignUp {
    name: PersonName,
    email: Email,
    password: Password,
}

/// Open an account and sign in
#[utoipa::path(
    post, path = "/api/users/signup", request_body = SignUp,
    responses((status = 201, description = "The account and a token", body = SignedIn,
               headers(("Location" = String, description = "The account's path"))))
)]
pub(crate) async fn sign_up(State(app): State<App>, body: Body<SignUp>) -> web::Result<impl IntoResponse> {
    let SignUp { name, email, password } = body.value;
    let password_hash = app.hasher.hash(password).await?;
    // Asked before anything is kept: an account that opened without a session could only tell
    // its owner "taken" when they try again.
    app.redis.ping().await?;
    let new = NewUser { name: &name, email: &email, password_hash: &password_hash };
    let user = postgres::users::add(&mut app.db.acquire().await?, &new, app.clock.now()).await?;
    let signed_in = app.sign_in(user.ok_or(Refused::EmailTaken)?).await?;
    SecurityEvent::LoginSucceeded.record(Some(&signed_in.user.id), "the account is new");
    let location = format!("/api/users/{}", signed_in.user.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], signed_in))
}
