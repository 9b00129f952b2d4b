//! What a shop sets for its prices: settings, tax rates, shipping methods, discounts. In orderdb.

use domain::pricing::{Discount, DiscountCode, DiscountValue, Percentage, PricingRules};
use domain::{DiscountId, Money, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result};

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
                from shop_settings)::text as "settings!",
               (select coalesce(json_agg(json_build_object(
                   'id', id, 'country', country, 'region', nullif(region, ''), 'category', nullif(category, ''),
                   'percentage', basis_points::numeric / 100) order by id), '[]')
                from tax_rates)::text as "tax_rates!",
               (select coalesce(json_agg(json_build_object(
                   'id', id, 'name', name, 'price', price, 'freeAbove', free_above, 'countries', countries,
                   'minDays', min_days, 'maxDays', max_days, 'active', active) order by id), '[]')
                from shipping_methods)::text as "shipping_methods!"
           from pricing_version v"#
    );
    let row = timed!(db, fetch_one, select)?;
    Ok(PricingRules {
        version: row.version,
        settings: serde_json::from_str(&row.settings).map_err(undecodable)?,
        tax_rates: serde_json::from_str(&row.tax_rates).map_err(undecodable)?,
        shipping_methods: serde_json::from_str(&row.shipping_methods).map_err(undecodable)?,
    })
}

/// The discount with this code.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_discount(db: &mut Conn, code: &DiscountCode) -> Result<Option<Discount>> {
    let select = sqlx::query_as!(
        DiscountRow,
        r#"select id, code, kind, value, (minimum_subtotal * 100)::bigint as "minimum_cents!", starts_at, ends_at,
               max_uses, max_uses_per_customer, uses, active
           from discounts where code = $1"#,
        code.as_str()
    );
    timed!(db, fetch_optional, select)?.map(DiscountRow::into_discount).transpose()
}

struct DiscountRow {
    id: i32,
    code: String,
    kind: String,
    value: i64,
    minimum_cents: i64,
    starts_at: Option<chrono::DateTime<chrono::Utc>>,
    ends_at: Option<chrono::DateTime<chrono::Utc>>,
    max_uses: Option<i32>,
    max_uses_per_customer: Option<i32>,
    uses: i32,
    active: bool,
}

impl DiscountRow {
    fn into_discount(self) -> Result<Discount> {
        let code = DiscountCode::try_from(self.code).map_err(undecodable)?;
        let value = match self.kind.as_str() {
            "percentage" => {
                let points = i32::try_from(self.value).map_err(undecodable)?;
                DiscountValue::Percentage(Percentage::from_basis_points(points))
            }
            _ => DiscountValue::Amount(Money::from_cents(self.value)),
        };
        Ok(Discount {
            id: DiscountId::new(self.id),
            code,
            value,
            minimum_subtotal: Money::from_cents(self.minimum_cents),
            starts_at: self.starts_at.map(Timestamp::new),
            ends_at: self.ends_at.map(Timestamp::new),
            max_uses: self.max_uses,
            max_uses_per_customer: self.max_uses_per_customer,
            uses: self.uses,
            active: self.active,
        })
    }
}

/// Its constraints keep out what does not parse.
fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
