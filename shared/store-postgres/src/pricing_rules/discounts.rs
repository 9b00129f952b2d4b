//! Discounts. Their uses are counted by triggers, in the transactions of orders.

use domain::pricing::{
    Discount, DiscountCode, DiscountRecord, DiscountTerms, DiscountValue, Percentage, PricingConflict,
};
use domain::{DiscountId, Money, Page, PageSize, Timestamp, UserId};

use super::undecodable;
use crate::pool::timed;
use crate::{Conn, Result};

/// The constraints that keep a discount which something refers to: orders, and their customers.
const REFERENCES: [&str; 2] = ["orders_discount_id_fkey", "discount_customers_discount_id_fkey"];

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
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
    customer_uses: i32,
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

    fn into_record(self) -> Result<DiscountRecord> {
        let (created, updated) = (Timestamp::new(self.created_at), Timestamp::new(self.updated_at));
        Ok(DiscountRecord::new(self.into_discount()?, created, updated))
    }
}

/// A statement that returns discounts: `before`, the columns with the uses of one customer, `after`.
macro_rules! discount_query {
    ($before:literal, $customer:literal, $after:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            DiscountRow,
            $before
                + r#" id, code, kind, value, (minimum_subtotal * 100)::bigint as "minimum_cents!", starts_at, ends_at,
                      max_uses, max_uses_per_customer, uses, active, created_at, updated_at, "#
                + $customer
                + r#" as "customer_uses!" "#
                + $after
            $(, $bind)*
        )
    };
}

/// The discount with this code.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn find_discount(db: &mut Conn, code: &DiscountCode) -> Result<Option<Discount>> {
    let select = discount_query!("select", "0", "from discounts where code = $1", code.as_str());
    timed!(db, fetch_optional, select)?.map(DiscountRow::into_discount).transpose()
}

/// The discount with this code, and how many orders of this customer hold a use of it.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn find_for_customer(
    db: &mut Conn,
    code: &DiscountCode,
    customer: Option<UserId>,
) -> Result<Option<(Discount, i32)>> {
    let select = discount_query!(
        "select",
        "coalesce((select c.uses from discount_customers c where c.discount_id = discounts.id and c.user_id = $2), 0)",
        "from discounts where code = $1",
        code.as_str(),
        customer.map(UserId::get)
    );
    let row = timed!(db, fetch_optional, select)?;
    row.map(|row| (row.customer_uses, row)).map(|(uses, row)| Ok((row.into_discount()?, uses))).transpose()
}

/// Discounts, newest first.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list(db: &mut Conn, before: Option<DiscountId>, limit: PageSize) -> Result<Page<DiscountRecord>> {
    let before = before.map_or(i64::MAX, |id| i64::from(id.get()));
    let select = discount_query!(
        "select",
        "0",
        "from discounts where id < $1::bigint order by id desc limit $2",
        before,
        limit.fetch_limit()
    );
    let rows = timed!(db, fetch_all, select)?;
    let discounts: Vec<DiscountRecord> = rows.into_iter().map(DiscountRow::into_record).collect::<Result<_>>()?;
    Ok(Page::from_rows(discounts, limit, |discount| discount.id))
}

/// # Errors
/// When orderdb is unavailable.
pub async fn find(db: &mut Conn, id: DiscountId) -> Result<Option<DiscountRecord>> {
    let select = discount_query!("select", "0", "from discounts where id = $1", id.get());
    timed!(db, fetch_optional, select)?.map(DiscountRow::into_record).transpose()
}

/// Finds a discount and locks it until the transaction ends: no order takes a use of it meanwhile.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn lock(db: &mut Conn, id: DiscountId) -> Result<Option<DiscountRecord>> {
    let select = discount_query!("select", "0", "from discounts where id = $1 for update", id.get());
    timed!(db, fetch_optional, select)?.map(DiscountRow::into_record).transpose()
}

/// Adds a discount that nobody has used.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn insert(
    db: &mut Conn,
    terms: &DiscountTerms,
    at: Timestamp,
) -> Result<Result<DiscountRecord, PricingConflict>> {
    let (kind, value) = stored(terms.value);
    let insert = discount_query!(
        "insert into discounts (code, kind, value, minimum_subtotal, starts_at, ends_at, max_uses,
             max_uses_per_customer, active, created_at, updated_at)
         values ($1, $2, $3, ($4::bigint)::numeric / 100, $5, $6, $7, $8, $9, $10, $10) returning",
        "0",
        "",
        terms.code.as_str(),
        kind,
        value,
        terms.minimum_subtotal.cents(),
        terms.starts_at.map(Timestamp::utc),
        terms.ends_at.map(Timestamp::utc),
        terms.max_uses,
        terms.max_uses_per_customer,
        terms.active,
        at.utc()
    );
    match timed!(db, fetch_one, insert) {
        Ok(row) => Ok(Ok(row.into_record()?)),
        Err(error) => taken(error),
    }
}

/// Replaces the terms of a discount; requires its lock. Its limit is at least its uses.
///
/// # Errors
/// When orderdb is unavailable, or there is no such discount.
pub async fn update(
    db: &mut Conn,
    current: &DiscountRecord,
    terms: &DiscountTerms,
    at: Timestamp,
) -> Result<Result<DiscountRecord, PricingConflict>> {
    if terms.max_uses.is_some_and(|most| most < current.uses) {
        return Ok(Err(PricingConflict::LimitBelowUses { uses: current.uses }));
    }
    let (kind, value) = stored(terms.value);
    let update = discount_query!(
        "update discounts set code = $2, kind = $3, value = $4, minimum_subtotal = ($5::bigint)::numeric / 100,
             starts_at = $6, ends_at = $7, max_uses = $8, max_uses_per_customer = $9, active = $10, updated_at = $11
         where id = $1 returning",
        "0",
        "",
        current.id.get(),
        terms.code.as_str(),
        kind,
        value,
        terms.minimum_subtotal.cents(),
        terms.starts_at.map(Timestamp::utc),
        terms.ends_at.map(Timestamp::utc),
        terms.max_uses,
        terms.max_uses_per_customer,
        terms.active,
        at.utc()
    );
    match timed!(db, fetch_one, update) {
        Ok(row) => Ok(Ok(row.into_record()?)),
        Err(error) => taken(error),
    }
}

/// Deletes a discount that no order refers to; requires its lock.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn delete(db: &mut Conn, id: DiscountId) -> Result<Result<(), PricingConflict>> {
    // Left by orders that were withdrawn before they were placed.
    let forget = sqlx::query!("delete from discount_customers where discount_id = $1 and uses = 0", id.get());
    timed!(db, execute, forget)?;
    let delete = sqlx::query!("delete from discounts where id = $1", id.get());
    match timed!(db, execute, delete) {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.constraint().is_some_and(|name| REFERENCES.contains(&name)) => {
            Ok(Err(PricingConflict::DiscountUsed))
        }
        Err(error) => Err(error),
    }
}

/// Its kind, and hundredths of a percent or cents.
fn stored(value: DiscountValue) -> (&'static str, i64) {
    match value {
        DiscountValue::Percentage(percentage) => ("percentage", i64::from(percentage.basis_points())),
        DiscountValue::Amount(amount) => ("amount", amount.cents()),
    }
}

fn taken<T>(error: crate::Error) -> Result<Result<T, PricingConflict>> {
    match error.constraint() {
        Some("discounts_code_key") => Ok(Err(PricingConflict::DiscountCodeTaken)),
        _ => Err(error),
    }
}
