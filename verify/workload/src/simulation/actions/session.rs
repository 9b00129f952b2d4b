//! What signing up and logging in answer.

use domain::users::User;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SignedIn {
    pub(super) user: User,
    pub(super) token: String,
}
