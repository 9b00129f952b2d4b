//! `POST /api/users/verify`

use axum::extract::State;
use domain::users::{Email, LinkToken, User};
use domain::{Problem, UserId};
use runtime::SecurityEvent;
use serde::Deserialize;
use store_postgres::guests;
use store_redis::{AccountState, AccountUpdateOutcome};
use tokens::links::VerificationToken;
use utoipa::ToSchema;
use web::{Body, Json};

use crate::App;

/// The most guests that one request claims; a repetition claims more.
const MAX_GUESTS: i64 = 500;

/// The token of a link from a mail.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VerifyEmail {
    token: LinkToken,
}

/// Verify an account's address by the link from a mail
///
/// The account then takes over the orders that guests with this address have placed, and those guests are
/// signed out. It may be repeated within the 24 hours of the link.
#[utoipa::path(
    post, path = "/api/users/verify", request_body = VerifyEmail,
    responses((status = 200, description = "The account", body = User))
)]
pub(crate) async fn verify_email(State(app): State<App>, body: Body<VerifyEmail>) -> web::Result<Json<User>> {
    // The same for every reason: whoever guesses learns nothing.
    let refused = || {
        SecurityEvent::TokenExpired.record(None, "a verification link is wrong or has expired");
        Problem::invalid_field("token", "is wrong or has expired")
    };
    let token = VerificationToken::parse(body.value.token.as_str()).ok_or_else(refused)?;
    let email = guests::find_claimant(&mut app.db.acquire().await?, token.user).await?.ok_or_else(refused)?;
    if !app.links.check_verification(&token, &email, app.clock.now()) {
        return Err(refused().into());
    }
    Ok(Json(app.verify_and_take_over(token.user, &email).await?))
}

impl App {
    /// Marks the address as verified, and takes over what guests with it have ordered.
    async fn verify_and_take_over(&self, account: UserId, email: &Email) -> Result<User, Problem> {
        let claimed = guests::list_unclaimed(&mut self.db.acquire().await?, email, MAX_GUESTS).await?;
        // First, so that a guest who was claimed orders nothing more. If it fails, nobody is claimed; a
        // guest who was only signed out has lost nothing but a session.
        for guest in &claimed {
            self.end_guest_sessions(*guest).await?;
        }
        let mut db = self.db.acquire().await?;
        let verified = guests::verify_and_claim(&mut db, account, email, &claimed, self.clock.now()).await?;
        drop(db);
        let verified = verified.ok_or_else(|| Problem::unavailable("the account was changed in the meantime"))?;
        SecurityEvent::AccountVerified.record(Some(&account), "a link from a mail was opened");
        if !claimed.is_empty()
            && let Err(error) = self.move_orders(account).await
        {
            // They are claimed: recovery moves what is left.
            tracing::warn!(user.id = %account, %error, "Orders of guests could not be moved yet.");
        }
        Ok(verified)
    }

    async fn end_guest_sessions(&self, guest: UserId) -> Result<(), Problem> {
        // The same record as of a deleted account: also a session that is opened later is rejected.
        match self.sessions.update_account(guest, &AccountState::DELETED).await? {
            AccountUpdateOutcome::Applied(_) => Ok(()),
            AccountUpdateOutcome::Superseded { .. } => Err(Problem::internal("a guest has a record of an account")),
        }
    }

    async fn move_orders(&self, account: UserId) -> Result<(), Problem> {
        let claims = guests::list_claims_of(&mut self.db.acquire().await?, account).await?;
        let mut orders = self.orderdb.acquire().await?;
        for claim in claims {
            guests::take_over_orders(&mut orders, claim.guest, claim.account).await?;
        }
        Ok(())
    }
}
