//! `POST /api/users/login`
//!
//! An address without an account is handled like a wrong password, and so is a disabled account:
//! the same statements and commands, a hash of the same cost, the same response.

use axum::extract::State;
use domain::Problem;
use domain::users::{AccountError, Email, Password, SubmittedPassword};
use http::HeaderMap;
use runtime::SecurityEvent;
use serde::Deserialize;
use store_postgres::users::Credentials;
use utoipa::ToSchema;
use web::{Body, ClientIp};

use crate::App;
use crate::password::PasswordCheck;
use crate::signed_in::{AuthenticatedUser, SignedIn};

/// The credentials of a login.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogIn {
    email: Email,
    password: SubmittedPassword,
}

/// Sign in
///
/// After 10 failures in 15 minutes for an account from one address, or 100 for an address, or 100
/// in an hour for an account from all addresses, the response is 429 until enough of them are that
/// old. A device on which the account has logged in before, recognized by a cookie of that login's
/// response, is counted by itself (10 in 15 minutes): others cannot lock it out.
#[utoipa::path(
    post, path = "/api/users/login", request_body = LogIn,
    responses((status = 200, description = "The account and a token", body = SignedIn,
               headers(("Set-Cookie" = String, description = "A cookie that identifies this device at its next login"))))
)]
pub(crate) async fn log_in(
    State(app): State<App>,
    source: ClientIp,
    headers: HeaderMap,
    body: Body<LogIn>,
) -> web::Result<SignedIn> {
    let LogIn { email, password } = body.value;
    let device = app.devices.recognize(&headers, &email);
    let attempt = app.login_throttle.begin(&email, &source, device.as_ref()).await?;
    let outcome = authenticate(&app, &email, password.into(), &source.network()).await;
    app.login_throttle.record_outcome(&attempt, &outcome).await;
    let login = outcome?.ok_or(AccountError::InvalidCredentials)?;
    let id = login.user.id;
    let signed_in = app.open_session(login, device.as_ref()).await?;
    SecurityEvent::LoginSucceeded.record(Some(&id), "the password is right");
    Ok(signed_in)
}

/// The user with this address and password, if the account may log in.
async fn authenticate(
    app: &App,
    email: &Email,
    password: Password,
    address: &str,
) -> Result<Option<AuthenticatedUser>, Problem> {
    // The connection is returned before hashing: it would be idle for the time of forty queries.
    let found = store_postgres::users::find_credentials(&mut app.db.acquire().await?, email).await?;
    let stored = found.as_ref().map(|credentials| credentials.password_hash.clone());
    let verdict = app.hasher.verify(password, stored, address).await?;
    match (verdict, found) {
        (PasswordCheck::Match { upgraded_hash: stronger }, Some(credentials)) if !credentials.disabled => {
            if let Some(stronger) = stronger {
                upgrade_hash(app, &credentials, &stronger).await;
            }
            Ok(Some(AuthenticatedUser { user: credentials.user, epoch: credentials.epoch }))
        }
        (verdict, found) => {
            let why = match (verdict, &found) {
                (_, None) => "there is no such account",
                (PasswordCheck::Match { .. }, Some(_)) => "the account is disabled",
                (PasswordCheck::Mismatch, Some(_)) => "the password is wrong",
            };
            let user = found.as_ref().map(|credentials| &credentials.user.id as &dyn std::fmt::Display);
            SecurityEvent::LoginFailed.record(user, why);
            Ok(None)
        }
    }
}

/// A failure does not fail the login: the next one upgrades the hash.
async fn upgrade_hash(app: &App, of: &Credentials, stronger: &str) {
    let replaced = async {
        let mut db = app.db.acquire().await?;
        store_postgres::users::upgrade_password_hash(&mut db, of.user.id, &of.password_hash, stronger, app.clock.now())
            .await
    };
    if let Err(error) = replaced.await {
        tracing::warn!(user.id = %of.user.id, %error, "A password hash could not be upgraded.");
    }
}
