//! Refunds, and what customers are told about their returns.

use serde::{Deserialize, Serialize};

use super::summary::valid_or_none;
use crate::orders::ReturnStatus;
use crate::pricing::Currency;
use crate::users::Email;
use crate::{OrderId, ProductId, ReturnId, UserId};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundIssued {
    pub order_id: OrderId,
    pub user_id: UserId,
    /// The refunded amount, in cents.
    pub amount_cents: i64,
    /// Of the amount; events without it are in euros.
    #[serde(default, skip_serializing_if = "Currency::is_euro")]
    pub currency: Currency,
    /// The return that it was made for, whose own event tells the customer of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<ReturnId>,
    /// Where to write about the order; the customer's own address if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "valid_or_none")]
    pub email: Option<Email>,
}

/// A return and the status that it reached: each is reached once. A received one is reported when its
/// refund and its restocking are done.
///
/// The version before does not know it: its worker leaves the message to the queue, which delivers it
/// again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnChanged {
    pub return_id: ReturnId,
    pub order_id: OrderId,
    /// The order's customer.
    pub user_id: UserId,
    pub status: ReturnStatus,
    pub items: Vec<ReturnEventLine>,
    /// The customer's.
    pub reason: String,
    /// The shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was refunded for it, in cents; of a received one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_cents: Option<i64>,
    /// Of that amount; events without it are in euros.
    #[serde(default, skip_serializing_if = "Currency::is_euro")]
    pub currency: Currency,
    /// Where to write about the order; the customer's own address if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "valid_or_none")]
    pub email: Option<Email>,
}

/// Pieces of a product in a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnEventLine {
    pub product_id: ProductId,
    /// Its name when it was bought.
    pub name: String,
    pub quantity: i32,
}
