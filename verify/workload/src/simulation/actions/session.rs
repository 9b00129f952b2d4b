//! The response of signing up and of logging in.

use domain::users::User;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SignedIn {
    pub(super) user: User,
    pub(super) token: String,
}
