//! An order as its table has it.

use domain::orders::{Order, OrderLine};
use domain::pricing::Currency;
use domain::{Money, OrderId, Timestamp, UserId};

use super::parse_status;
use crate::Result;

/// The columns of an [`OrderRow`].
pub(super) const COLUMNS: &str =
    "id, user_id, currency, (subtotal * 100)::bigint as subtotal, (discount * 100)::bigint as discount,
     (shipping * 100)::bigint as shipping, (shipping_tax * 100)::bigint as shipping_tax, (tax * 100)::bigint as tax,
     tax_included, (total * 100)::bigint as total, status, shipping_address::text, email, shipping_method,
     discount_code, created_at, updated_at";

/// Amounts are in cents.
#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    pub(super) id: i32,
    pub(super) user_id: i32,
    pub(super) currency: String,
    pub(super) subtotal: i64,
    pub(super) discount: i64,
    pub(super) shipping: i64,
    pub(super) shipping_tax: i64,
    pub(super) tax: i64,
    pub(super) tax_included: bool,
    pub(super) total: i64,
    pub(super) status: String,
    pub(super) shipping_address: Option<String>,
    pub(super) email: Option<String>,
    pub(super) shipping_method: Option<String>,
    pub(super) discount_code: Option<String>,
    pub(super) created_at: chrono::DateTime<chrono::Utc>,
    pub(super) updated_at: chrono::DateTime<chrono::Utc>,
}

impl OrderRow {
    pub(super) fn into_order(self, items: Vec<OrderLine>) -> Result<Order> {
        let address = self.shipping_address.as_deref().map(serde_json::from_str).transpose();
        Ok(Order {
            id: OrderId::new(self.id),
            user_id: UserId::new(self.user_id),
            currency: parse_currency(self.currency)?,
            subtotal: Money::from_cents(self.subtotal),
            discount: Money::from_cents(self.discount),
            shipping: Money::from_cents(self.shipping),
            shipping_tax: Money::from_cents(self.shipping_tax),
            tax: Money::from_cents(self.tax),
            tax_included: self.tax_included,
            total: Money::from_cents(self.total),
            status: parse_status(&self.status)?,
            shipping_address: address.map_err(undecodable)?,
            email: self.email.map(TryInto::try_into).transpose().map_err(undecodable)?,
            shipping_method: self.shipping_method.map(TryInto::try_into).transpose().map_err(undecodable)?,
            discount_code: self.discount_code.map(TryInto::try_into).transpose().map_err(undecodable)?,
            created_at: Timestamp::new(self.created_at),
            updated_at: Timestamp::new(self.updated_at),
            items,
        })
    }
}

/// Orders have only currencies that were one of the domain's.
pub(crate) fn parse_currency(code: String) -> Result<Currency> {
    Ok(Currency::try_from(code).map_err(undecodable)?)
}

/// What is stored was valid when it was written.
fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
