//! The one row of settings.

use domain::pricing::ShopSettings;
use sqlx::types::Json;

use super::undecodable;
use crate::pool::timed;
use crate::{Conn, Result};

struct SettingsRow {
    currency: String,
    home_country: String,
    prices_include_tax: bool,
    address_required: bool,
    return_days: i32,
    name: Option<String>,
    address: Option<Json<domain::pricing::InvoiceAddress>>,
}

impl SettingsRow {
    fn into_settings(self) -> Result<ShopSettings> {
        Ok(ShopSettings {
            currency: self.currency.try_into().map_err(undecodable)?,
            home_country: self.home_country.try_into().map_err(undecodable)?,
            prices_include_tax: self.prices_include_tax,
            address_required: self.address_required,
            return_days: self.return_days,
            name: self.name.map(TryInto::try_into).transpose().map_err(undecodable)?,
            address: self.address.map(|address| address.0),
        })
    }
}

/// A statement that returns the settings: `before`, the columns, `after`.
macro_rules! settings_query {
    ($before:literal, $after:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            SettingsRow,
            $before
                + r#" currency, home_country, prices_include_tax, address_required, return_days, name,
                      address as "address: Json<domain::pricing::InvoiceAddress>" "#
                + $after
            $(, $bind)*
        )
    };
}

/// # Errors
/// When orderdb is unavailable.
pub async fn find(db: &mut Conn) -> Result<ShopSettings> {
    let select = settings_query!("select", "from shop_settings where id");
    timed!(db, fetch_one, select)?.into_settings()
}

/// The settings, locked until the transaction ends.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn lock(db: &mut Conn) -> Result<ShopSettings> {
    let select = settings_query!("select", "from shop_settings where id for update");
    timed!(db, fetch_one, select)?.into_settings()
}

/// Replaces the settings, and returns them.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn update(db: &mut Conn, settings: &ShopSettings) -> Result<ShopSettings> {
    let update = settings_query!(
        "update shop_settings set currency = $1, home_country = $2, prices_include_tax = $3, address_required = $4,
             return_days = $5, name = $6, address = $7
         where id returning",
        "",
        settings.currency.as_str(),
        settings.home_country.as_str(),
        settings.prices_include_tax,
        settings.address_required,
        settings.return_days,
        settings.name.as_ref().map(|name| name.as_str()),
        settings.address.as_ref().map(Json) as _
    );
    timed!(db, fetch_one, update)?.into_settings()
}
