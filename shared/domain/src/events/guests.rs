//! Events about who somebody is: an address to verify, an order that has another owner.

use serde::{Deserialize, Serialize};

use crate::{OrderId, UserId};

/// An account asked for a mail with the link that verifies its address. Neither the address nor the link
/// is in it: who sends the mail reads the one and makes the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRequested {
    pub user_id: UserId,
}

/// A guest's order belongs to an account from now on. orderdb writes this event (`take_over_orders`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderTakenOver {
    pub order_id: OrderId,
    /// The account.
    pub user_id: UserId,
}
