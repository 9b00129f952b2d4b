//! Guests: people who buy without an account.

use serde::{Deserialize, Serialize};

use super::{Role, User};
use crate::{Timestamp, UserId};

/// A guest as the API returns it. Every purchase without an account makes a new one: an address that
/// somebody types proves nothing, so it opens no earlier guest's orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    /// From the same numbers as the ids of accounts.
    pub id: UserId,
    pub name: String,
    /// In lower case.
    pub email: String,
}

impl Guest {
    /// As routes show it that show accounts too.
    pub fn into_user(self, created_at: Timestamp) -> User {
        let Self { id, name, email } = self;
        User { id, name, email, role: Role::Guest, created_at, email_verified: false }
    }
}
