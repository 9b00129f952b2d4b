//! Tax rates: one per country, region and category.

use domain::TaxRateId;
use domain::pricing::{MAX_TAX_RATES, Percentage, PricingConflict, TaxRate, TaxRateDraft};

use super::{settings, undecodable};
use crate::pool::timed;
use crate::{Conn, Result};

struct TaxRateRow {
    id: i32,
    country: String,
    region: String,
    category: String,
    basis_points: i32,
}

impl TaxRateRow {
    fn into_rate(self) -> Result<TaxRate> {
        // Empty for the whole country and for all categories.
        let set = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(TaxRate {
            id: TaxRateId::new(self.id),
            country: self.country.try_into().map_err(undecodable)?,
            region: set(self.region).map(TryInto::try_into).transpose().map_err(undecodable)?,
            category: set(self.category).map(TryInto::try_into).transpose().map_err(undecodable)?,
            percentage: Percentage::from_basis_points(self.basis_points),
        })
    }
}

/// A statement that returns tax rates: `before`, the columns, `after`.
macro_rules! tax_rate_query {
    ($before:literal, $after:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(TaxRateRow, $before + " id, country, region, category, basis_points " + $after $(, $bind)*)
    };
}

/// All rates, by country, region and category.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list(db: &mut Conn) -> Result<Vec<TaxRate>> {
    let select = tax_rate_query!(
        "select",
        "from tax_rates order by country, lower(region), lower(category) limit $1",
        MAX_TAX_RATES
    );
    timed!(db, fetch_all, select)?.into_iter().map(TaxRateRow::into_rate).collect()
}

/// # Errors
/// When orderdb is unavailable.
pub async fn find(db: &mut Conn, id: TaxRateId) -> Result<Option<TaxRate>> {
    let select = tax_rate_query!("select", "from tax_rates where id = $1", id.get());
    timed!(db, fetch_optional, select)?.map(TaxRateRow::into_rate).transpose()
}

/// Finds a rate and locks it until the transaction ends.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn lock(db: &mut Conn, id: TaxRateId) -> Result<Option<TaxRate>> {
    let select = tax_rate_query!("select", "from tax_rates where id = $1 for update", id.get());
    timed!(db, fetch_optional, select)?.map(TaxRateRow::into_rate).transpose()
}

/// Adds a rate; requires a transaction.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn insert(db: &mut Conn, draft: &TaxRateDraft) -> Result<Result<TaxRate, PricingConflict>> {
    // Whoever adds holds this lock, so that nobody else adds between the count and the commit.
    settings::lock(db).await?;
    let insert = tax_rate_query!(
        "insert into tax_rates (country, region, category, basis_points)
         select $1, $2, $3, $4 where (select count(*) from tax_rates) < $5 returning",
        "",
        draft.country.as_str(),
        text(draft.region.as_ref().map(|region| region.as_str())),
        text(draft.category.as_ref().map(|category| category.as_str())),
        draft.percentage.basis_points(),
        MAX_TAX_RATES
    );
    match timed!(db, fetch_optional, insert) {
        Ok(row) => Ok(row.map(TaxRateRow::into_rate).transpose()?.ok_or(PricingConflict::TooManyTaxRates)),
        Err(error) => taken(error),
    }
}

/// Replaces a rate; requires its lock.
///
/// # Errors
/// When orderdb is unavailable, or there is no such rate.
pub async fn update(db: &mut Conn, id: TaxRateId, draft: &TaxRateDraft) -> Result<Result<TaxRate, PricingConflict>> {
    let update = tax_rate_query!(
        "update tax_rates set country = $2, region = $3, category = $4, basis_points = $5 where id = $1 returning",
        "",
        id.get(),
        draft.country.as_str(),
        text(draft.region.as_ref().map(|region| region.as_str())),
        text(draft.category.as_ref().map(|category| category.as_str())),
        draft.percentage.basis_points()
    );
    match timed!(db, fetch_one, update) {
        Ok(row) => Ok(Ok(row.into_rate()?)),
        Err(error) => taken(error),
    }
}

/// Deletes a rate.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn delete(db: &mut Conn, id: TaxRateId) -> Result<()> {
    let delete = sqlx::query!("delete from tax_rates where id = $1", id.get());
    timed!(db, execute, delete).map(drop)
}

/// Empty for the whole country and for all categories.
fn text(set: Option<&str>) -> &str {
    set.unwrap_or_default()
}

fn taken<T>(error: crate::Error) -> Result<Result<T, PricingConflict>> {
    match error.constraint() {
        Some("tax_rates_key") => Ok(Err(PricingConflict::TaxRateTaken)),
        _ => Err(error),
    }
}
