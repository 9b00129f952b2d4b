//! Who runs the shop: said by an operator, never by a request.
//!
//! A session holds the role of its login. So a change is also noted in Redis, and the guard of
//! every function reads that note with the session, in one command: from the very next request
//! all sessions of the user have the new role, and none of them ends. The note outlives every
//! session that a login under way may still open with the role it has read before. What the
//! token itself says of the role is never believed.

use domain::Problem;
use domain::users::{Email, Role, User};

use crate::App;

/// How long a login may take from reading the role to opening the session, in seconds; longer
/// than any request may last.
const LOGIN_UNDER_WAY: i64 = 60;

/// Makes whoever has this address an admin; `None` when nobody has it.
///
/// # Errors
/// When a store is away. The role may then be set and not yet be theirs in sessions that are
/// open: doing it again is safe, and brings it about.
pub async fn grant_admin(app: &App, email: &Email) -> Result<Option<User>, Problem> {
    change(app, email, Role::Admin).await
}

/// Makes whoever has this address a customer again; `None` when nobody has it.
///
/// # Errors
/// As [`grant_admin`].
pub async fn revoke_admin(app: &App, email: &Email) -> Result<Option<User>, Problem> {
    change(app, email, Role::Customer).await
}

async fn change(app: &App, email: &Email, role: Role) -> Result<Option<User>, Problem> {
    let user = postgres::users::set_role(&mut app.db.acquire().await?, email, role, app.clock.now()).await?;
    // After the row: whoever logs in between reads the new role already.
    if let Some(user) = &user {
        let life = app.signer.life_seconds() + LOGIN_UNDER_WAY;
        app.sessions.change_role(user.id, role, life).await?;
        tracing::info!(user.id = %user.id, user.role = role.as_str(), "A role was changed.");
    }
    Ok(user)
}
