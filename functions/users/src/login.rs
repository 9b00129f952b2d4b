//! POST /api/users/login
//!
//! An address without an account takes the same path as a wrong password: the same statements
//! and commands, a hash of the same cost, the same answer.

use std::fmt::Display;

use axum::extract::State;
use domain::Problem;
use domain::users::{Email, GivenPassword, Password, Refused, User};
use postgres::users::Credentials;
use runtime::SecurityEvent;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Body, Source};

use crate::App;
use crate::password::Verdict;
use crate::signed_in::SignedIn;

/// Who somebody says they are.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogIn {
    email: Email,
    password: GivenPassword,
}

/// Sign in
///
/// After 10 failures in 15 minutes for an account, or 100 for an address, the answer is 429
/// until enough of them are that old.
#[utoipa::path(
    post, path = "/api/users/login", request_body = LogIn,
    responses((status = 200, description = "The account and a token", body = SignedIn))
)]
pub(crate) async fn log_in(State(app): State<App>, source: Source, body: Body<LogIn>) -> web::Result<SignedIn> {
    let LogIn { email, password } = body.value;
    let attempt = app.attempts.enter(&email, &source).await?;
    let outcome = authenticate(&app, &email, password.into()).await;
    app.attempts.settle(&attempt, &outcome).await;
    let user = outcome?.ok_or(Refused::InvalidCredentials)?;
    let signed_in = app.sign_in(user).await?;
    SecurityEvent::LoginSucceeded.record(Some(&signed_in.user.id), "the password is right");
    Ok(signed_in)
}

/// Whose address and password these are, if anybody's.
async fn authenticate(app: &App, email: &Email, password: Password) -> Result<Option<User>, Problem> {
    // The connection goes back before the hash: it would lie idle for the time of forty queries.
    let found = postgres::users::credentials(&mut app.db.acquire().await?, email).await?;
    let stored = found.as_ref().map(|credentials| credentials.password_hash.clone());
    let verdict = app.hasher.verify(password, stored).await?;
    match (verdict, found) {
        (Verdict::Right { stronger }, Some(credentials)) => {
            if let Some(stronger) = stronger {
                strengthen(app, &credentials, &stronger).await;
            }
            Ok(Some(credentials.user))
        }
        (_, found) => {
            // The log may know what the client must not; its line costs both the same.
            let why = if found.is_some() { "the password is wrong" } else { "there is no such account" };
            SecurityEvent::LoginFailed.record(found.as_ref().map(|of| &of.user.id as &dyn Display), why);
            Ok(None)
        }
    }
}

/// A login does not fail for it: the next one does it.
async fn strengthen(app: &App, of: &Credentials, stronger: &str) {
    let replaced = async {
        let mut db = app.db.acquire().await?;
        postgres::users::strengthen_hash(&mut db, of.user.id, &of.password_hash, stronger, app.clock.now()).await
    };
    if let Err(error) = replaced.await {
        tracing::warn!(user.id = %of.user.id, %error, "A password's hash could not be strengthened.");
    }
}
