//! `POST /api/users/signup`

use axum::extract::State;
use axum::response::IntoResponse;
use domain::Problem;
use domain::users::{AccountError, Email, NewPassword, PersonName};
use http::{StatusCode, header};
use runtime::SecurityEvent;
use serde::Deserialize;
use store_postgres::users::NewUser;
use utoipa::ToSchema;
use web::{Body, ClientIp};

use crate::App;
use crate::signed_in::{AuthenticatedUser, SignedIn};

/// The details of the account to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignUp {
    name: PersonName,
    email: Email,
    password: NewPassword,
}

/// Create an account and sign in
///
/// A mail with a link that verifies the address is sent.
///
/// A password is rejected if it is one of the 10,000 most common, one character repeated, or
/// contains the email address, the part of it before the `@`, or the name of the shop.
#[utoipa::path(
    post, path = "/api/users/signup", request_body = SignUp,
    responses((status = 201, description = "The account and a token", body = SignedIn,
               headers(("Location" = String, description = "The account's path"),
                       ("Set-Cookie" = String, description = "A cookie that identifies this device at its next login"))))
)]
pub(crate) async fn sign_up(
    State(app): State<App>,
    source: ClientIp,
    body: Body<SignUp>,
) -> web::Result<impl IntoResponse> {
    let SignUp { name, email, password } = body.value;
    let password = password.for_account(&email).map_err(|why| Problem::invalid_field("password", why.to_string()))?;
    let password_hash = app.hasher.hash(password, &source.network()).await?;
    // Checked before anything is stored: if the account were created without a session, its owner
    // would only read "taken" at the next attempt.
    app.redis.ping().await?;
    let new = NewUser { name: &name, email: &email, password_hash: &password_hash };
    let user = store_postgres::users::insert(&mut app.db.acquire().await?, &new, app.clock.now()).await?;
    let login = AuthenticatedUser { user: user.ok_or(AccountError::EmailTaken)?, epoch: 0 };
    let id = login.user.id;
    // At the same time, so that it costs no time of its own; the mail is not what a sign-up depends on.
    let (signed_in, asked) = tokio::join!(app.open_session(login, None), app.send_verification(id));
    let signed_in = signed_in?;
    if let Err(error) = asked {
        tracing::warn!(user.id = %id, %error, "A new account will get no verification mail until it asks for one.");
    }
    SecurityEvent::LoginSucceeded.record(Some(&id), "the account is new");
    let location = format!("/api/users/{}", signed_in.user.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], signed_in))
}
