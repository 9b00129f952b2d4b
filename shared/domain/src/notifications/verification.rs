//! The message that asks an account to verify its address.

use super::{Channel, DeliveryStatus, Notification};
use crate::events::VerificationRequested;
use crate::{EventId, NotificationId, Timestamp};

/// The type of the message; its mail has the link.
pub const VERIFICATION_TYPE: &str = "account_verification";

/// The record of a verification mail, not yet sent, and the key under which it is sent once. The link is
/// not in it: the account's notifications are read with nothing but its password.
pub fn render_verification(
    asked: &VerificationRequested,
    event: EventId,
    id: NotificationId,
    channel: Channel,
    at: Timestamp,
) -> (Notification, String) {
    let notification = Notification {
        id,
        user_id: asked.user_id,
        kind: VERIFICATION_TYPE.to_owned(),
        channel,
        subject: "Please confirm your email address".to_owned(),
        message: "Somebody has created an account with this email address. If it was you, open the link in \
                  our mail within 24 hours to confirm that the address is yours. If it was not you, please do \
                  not open it: without you, the account stays without your orders."
            .to_owned(),
        order_id: None,
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at: at,
        sent_at: None,
        read_at: None,
        facts: None,
    };
    (notification, format!("{VERIFICATION_TYPE}#{event}"))
}
