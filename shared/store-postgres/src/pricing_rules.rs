//! What a shop sets for its prices: settings, tax rates, shipping methods, discounts. In orderdb.

use domain::pricing::PricingRules;

use crate::pool::timed;
use crate::{Conn, Result};

pub mod discounts;
pub mod settings;
pub mod shipping_methods;
pub mod tax_rates;

pub use discounts::find_discount;

/// The rules that prices depend on, except discounts, and their version: in one statement, so that
/// they are of one version.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn load(db: &mut Conn) -> Result<PricingRules> {
    let select = sqlx::query!(
        r#"select v.version,
               (select json_build_object(
                   'currency', currency, 'homeCountry', home_country, 'pricesIncludeTax', prices_include_tax,
                   'addressRequired', address_required, 'returnDays', return_days, 'name', name, 'address', address)
                from shop_settings where id)::text as "settings!",
               (select coalesce(json_agg(json_build_object(
                   'id', id, 'country', country, 'region', nullif(region, ''), 'category', nullif(category, ''),
                   'percentage', basis_points::numeric / 100) order by id), '[]')
                from tax_rates)::text as "tax_rates!",
               (select coalesce(json_agg(json_build_object(
                   'id', id, 'name', name, 'price', price, 'freeAbove', free_above, 'countries', countries,
                   'minDays', min_days, 'maxDays', max_days, 'active', active) order by id), '[]')
                from shipping_methods)::text as "shipping_methods!"
           from pricing_version v where v.id"#
    );
    let row = timed!(db, fetch_one, select)?;
    Ok(PricingRules {
        version: row.version,
        settings: serde_json::from_str(&row.settings).map_err(undecodable)?,
        tax_rates: serde_json::from_str(&row.tax_rates).map_err(undecodable)?,
        shipping_methods: serde_json::from_str(&row.shipping_methods).map_err(undecodable)?,
    })
}

/// Its constraints keep out what does not parse.
pub(crate) fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
