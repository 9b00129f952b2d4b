//! Shipping methods: one per name.

use domain::addresses::Country;
use domain::pricing::{MAX_SHIPPING_METHODS, PricingConflict, ShippingMethod, ShippingMethodDraft};
use domain::{Money, ShippingMethodId};

use super::{settings, undecodable};
use crate::pool::timed;
use crate::{Conn, Result};

struct MethodRow {
    id: i32,
    name: String,
    cents: i64,
    free_above_cents: Option<i64>,
    countries: Vec<String>,
    min_days: i32,
    max_days: i32,
    active: bool,
}

impl MethodRow {
    fn into_method(self) -> Result<ShippingMethod> {
        let countries: Result<Vec<Country>, _> = self.countries.into_iter().map(Country::try_from).collect();
        Ok(ShippingMethod {
            id: ShippingMethodId::new(self.id),
            name: self.name.try_into().map_err(undecodable)?,
            price: Money::from_cents(self.cents),
            free_above: self.free_above_cents.map(Money::from_cents),
            countries: countries.map_err(undecodable)?,
            min_days: self.min_days,
            max_days: self.max_days,
            active: self.active,
        })
    }
}

/// A statement that returns shipping methods: `before`, the columns, `after`.
macro_rules! method_query {
    ($before:literal, $after:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            MethodRow,
            $before
                + r#" id, name, (price * 100)::bigint as "cents!", (free_above * 100)::bigint as free_above_cents,
                      countries, min_days, max_days, active "#
                + $after
            $(, $bind)*
        )
    };
}

/// All methods, those that are switched off included, oldest first.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list(db: &mut Conn) -> Result<Vec<ShippingMethod>> {
    let select = method_query!("select", "from shipping_methods order by id limit $1", MAX_SHIPPING_METHODS);
    timed!(db, fetch_all, select)?.into_iter().map(MethodRow::into_method).collect()
}

/// # Errors
/// When orderdb is unavailable.
pub async fn find(db: &mut Conn, id: ShippingMethodId) -> Result<Option<ShippingMethod>> {
    let select = method_query!("select", "from shipping_methods where id = $1", id.get());
    timed!(db, fetch_optional, select)?.map(MethodRow::into_method).transpose()
}

/// Finds a method and locks it until the transaction ends.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn lock(db: &mut Conn, id: ShippingMethodId) -> Result<Option<ShippingMethod>> {
    let select = method_query!("select", "from shipping_methods where id = $1 for update", id.get());
    timed!(db, fetch_optional, select)?.map(MethodRow::into_method).transpose()
}

/// Adds a method; requires a transaction.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn insert(db: &mut Conn, draft: &ShippingMethodDraft) -> Result<Result<ShippingMethod, PricingConflict>> {
    // Whoever adds holds this lock, so that nobody else adds between the count and the commit.
    settings::lock(db).await?;
    let insert = method_query!(
        "insert into shipping_methods (name, price, free_above, countries, min_days, max_days, active)
         select $1, ($2::bigint)::numeric / 100, ($3::bigint)::numeric / 100, $4, $5, $6, $7
         where (select count(*) from shipping_methods) < $8 returning",
        "",
        draft.name.as_str(),
        draft.price.cents(),
        draft.free_above.map(Money::cents),
        &country_codes(draft),
        draft.min_days.get(),
        draft.max_days.get(),
        draft.active.unwrap_or(true),
        MAX_SHIPPING_METHODS
    );
    match timed!(db, fetch_optional, insert) {
        Ok(row) => Ok(row.map(MethodRow::into_method).transpose()?.ok_or(PricingConflict::TooManyShippingMethods)),
        Err(error) => taken(error),
    }
}

/// Replaces a method; requires its lock.
///
/// # Errors
/// When orderdb is unavailable, or there is no such method.
pub async fn update(
    db: &mut Conn,
    id: ShippingMethodId,
    draft: &ShippingMethodDraft,
) -> Result<Result<ShippingMethod, PricingConflict>> {
    let update = method_query!(
        "update shipping_methods set name = $2, price = ($3::bigint)::numeric / 100,
             free_above = ($4::bigint)::numeric / 100, countries = $5, min_days = $6, max_days = $7, active = $8
         where id = $1 returning",
        "",
        id.get(),
        draft.name.as_str(),
        draft.price.cents(),
        draft.free_above.map(Money::cents),
        &country_codes(draft),
        draft.min_days.get(),
        draft.max_days.get(),
        draft.active.unwrap_or(true)
    );
    match timed!(db, fetch_one, update) {
        Ok(row) => Ok(Ok(row.into_method()?)),
        Err(error) => taken(error),
    }
}

/// Deletes a method. Orders keep its name.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn delete(db: &mut Conn, id: ShippingMethodId) -> Result<()> {
    let delete = sqlx::query!("delete from shipping_methods where id = $1", id.get());
    timed!(db, execute, delete).map(drop)
}

fn country_codes(draft: &ShippingMethodDraft) -> Vec<String> {
    draft.countries().into_iter().map(String::from).collect()
}

fn taken<T>(error: crate::Error) -> Result<Result<T, PricingConflict>> {
    match error.constraint() {
        Some("shipping_methods_key") => Ok(Err(PricingConflict::ShippingMethodTaken)),
        _ => Err(error),
    }
}
