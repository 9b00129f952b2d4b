//! The product list: any filters under any order, at a cost that hardly grows with the catalogue.
//!
//! Where an index has the order and serves every filter, it is read and that is all. Any further
//! filter is judged row by row while walking in that order, which is quick where many rows fit
//! and endless where few do. So a walk has a reach; when it ends there without a page, what it
//! found tells how many rows fit: enough, and a longer walk will do; few, and those few are
//! gathered through the index of the filter and sorted. Neither reads more than some thousands
//! of rows, whatever the planner's statistics say. (Measured figures: docs of the test `plans`.)

use domain::products::{Filter, Place, Product, Search, Sort};
use domain::{Limit, Money};
use sqlx::{Postgres, QueryBuilder};

use super::Row;
use crate::pool::ask;
use crate::{Conn, Result};

/// How many rows a walk reads before it is judged.
const REACH: i64 = 1_000;
/// The same where rows lie in the table as they stand in the order, so that reading costs a
/// quarter.
const REACH_IN_SEQUENCE: i64 = 4_000;
/// So many among those rows promise a page within [`FURTHER`] times the reach.
const PROMISING: usize = 8;
/// How much longer the second walk is.
const FURTHER: i64 = 20;
/// A word is common when so many of the newest [`REACH`] products have it. A GIN index collects
/// every product that has a word before it gives the first, so common words are judged row by row.
const COMMON: i64 = PROMISING as i64;

const COLUMNS: &str = "id, name, description, (price * 100)::bigint as cents, stock, image, category, \
                       rating_count, rating_sum, created_at, updated_at";

/// The products that pass `filter`, in order, from behind `after`; one more than the page has.
///
/// # Errors
/// When the database is away.
pub async fn list(db: &mut Conn, filter: &Filter, sort: Sort, after: Option<&Place>, limit: Limit) -> Result<Vec<Product>> {
    let question = Question { filter, sort, after, rows: limit.and_one() };
    if filter.q.as_ref().is_some_and(|q| !q.as_str().contains(char::is_alphanumeric)) {
        return Ok(Vec::new());
    }
    if !question.needs_judging() {
        let rows: Vec<Row> = ask!(db, fetch_all, question.read().build_query_as())?;
        return Ok(rows.into_iter().map(Product::from).collect());
    }
    let reach = if sort == Sort::Newest && filter.category.is_none() { REACH_IN_SEQUENCE } else { REACH };
    let walk = question.walk(db, reach).await?;
    if walk.ended {
        return Ok(walk.products);
    }
    if walk.products.len() >= PROMISING {
        let walk = question.walk(db, reach * FURTHER).await?;
        if walk.ended {
            return Ok(walk.products);
        }
    }
    question.gather(db).await
}

struct Question<'a> {
    filter: &'a Filter,
    sort: Sort,
    after: Option<&'a Place>,
    rows: i64,
}

struct Walk {
    products: Vec<Product>,
    /// The page is full, or there is nothing behind it.
    ended: bool,
}

#[derive(sqlx::FromRow)]
struct Judged {
    #[sqlx(flatten)]
    row: Row,
    fits: bool,
    last: bool,
}

impl Question<'_> {
    fn by_price(&self) -> bool {
        matches!(self.sort, Sort::Price | Sort::PriceDescending)
    }

    /// Whether a filter is left that the index of the order does not serve.
    fn needs_judging(&self) -> bool {
        let Filter { q, min_price, max_price, in_stock, .. } = self.filter;
        q.is_some() || (!self.by_price() && (min_price.is_some() || max_price.is_some() || in_stock.is_some()))
    }

    fn read(&self) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where true"));
        self.push_served(&mut sql);
        sql.push(format!(" order by {} limit ", order(self.sort))).push_bind(self.rows);
        sql
    }

    /// Reads up to `reach` rows in order and keeps those that fit. The row at the end of the
    /// reach comes back in any case: without it and without a full page, there is nothing more.
    async fn walk(&self, db: &mut Conn, reach: i64) -> Result<Walk> {
        let order = order(self.sort);
        let mut sql = QueryBuilder::new(format!("select {COLUMNS}, fits, step = "));
        sql.push_bind(reach).push(" as last from (select *, true");
        self.push_judged(&mut sql);
        sql.push(format!(" as fits, row_number() over (order by {order}) as step from products where true"));
        self.push_served(&mut sql);
        sql.push(format!(" order by {order} limit ")).push_bind(reach);
        sql.push(") as walked where fits or step = ").push_bind(reach);
        sql.push(format!(" order by {order} limit ")).push_bind(self.rows);
        let rows: Vec<Judged> = ask!(db, fetch_all, sql.build_query_as())?;
        let cut = rows.last().is_some_and(|row| row.last);
        let products: Vec<Product> = rows.into_iter().filter(|row| row.fits).map(|row| row.row.into()).collect();
        let full = products.len() as i64 == self.rows;
        Ok(Walk { products, ended: full || !cut })
    }

    /// Finds all that fit, then sorts: the order is written so that no index has it. Only ids are
    /// sorted, which the indexes by price have too.
    async fn gather(&self, db: &mut Conn) -> Result<Vec<Product>> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where id = any(array(select id from products where true"));
        if let Some(q) = &self.filter.q {
            let rare = rare_words(db, q).await?;
            match rare {
                Some(rare) => {
                    sql.push(" and search @@ ").push_bind(rare).push("::tsquery");
                    // The function behind `@@`, which no index serves.
                    sql.push(" and ts_match_vq(search, prefixes(").push_bind(q.as_str().to_owned()).push("))");
                }
                None => {
                    sql.push(" and search @@ prefixes(").push_bind(q.as_str().to_owned()).push(")");
                }
            }
        }
        self.push_prices(&mut sql);
        self.push_stock(&mut sql);
        self.push_place(&mut sql);
        sql.push(format!(" order by {} limit ", order_without_index(self.sort))).push_bind(self.rows);
        sql.push(format!(")) order by {}", order(self.sort)));
        let rows: Vec<Row> = ask!(db, fetch_all, sql.build_query_as())?;
        Ok(rows.into_iter().map(Product::from).collect())
    }

    /// What an index of the order serves.
    fn push_served(&self, sql: &mut QueryBuilder<Postgres>) {
        if self.by_price() {
            self.push_prices(sql);
            self.push_stock(sql);
        }
        self.push_place(sql);
    }

    /// The rest.
    fn push_judged(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(q) = &self.filter.q {
            sql.push(" and coalesce(search @@ prefixes(").push_bind(q.as_str().to_owned()).push("), false)");
        }
        if !self.by_price() {
            self.push_prices(sql);
            self.push_stock(sql);
        }
    }

    fn push_prices(&self, sql: &mut QueryBuilder<Postgres>) {
        for (bound, price) in [(" and price >= ", self.filter.min_price), (" and price <= ", self.filter.max_price)] {
            if let Some(price) = price {
                push_cents(sql.push(bound), price);
            }
        }
    }

    fn push_stock(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(in_stock) = self.filter.in_stock {
            sql.push(" and available = ").push_bind(in_stock);
        }
    }

    /// The category, and what lies behind the page before.
    fn push_place(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(category) = &self.filter.category {
            sql.push(" and category = ").push_bind(category.as_str().to_owned());
        }
        let id = match self.after {
            None => return,
            Some(Place::Newest(id)) => {
                sql.push(" and id < ").push_bind(id.get());
                return;
            }
            Some(Place::Price(cents, id)) => {
                push_cents(sql.push(" and (price, id) > ("), Money::from_cents(*cents));
                id
            }
            Some(Place::PriceDescending(cents, id)) => {
                push_cents(sql.push(" and (price, id) < ("), Money::from_cents(*cents));
                id
            }
            Some(Place::Name(name, id)) => {
                sql.push(" and (name, id) > (").push_bind(name.clone());
                id
            }
            Some(Place::RatingDescending(hundredths, id)) => {
                sql.push(" and (rating_average, id) < (").push_bind(*hundredths).push("::bigint::numeric / 100");
                id
            }
        };
        sql.push(", ").push_bind(id.get()).push(")");
    }
}

fn push_cents(sql: &mut QueryBuilder<Postgres>, price: Money) {
    sql.push_bind(price.cents()).push("::bigint::numeric / 100");
}

fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "id desc",
        Sort::Price => "price, id",
        Sort::PriceDescending => "price desc, id desc",
        Sort::Name => "name, id",
        Sort::RatingDescending => "rating_average desc, id desc",
    }
}

/// The same order, of expressions that no index has.
fn order_without_index(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "id + 0 desc",
        Sort::Price => "price + 0, id",
        Sort::PriceDescending => "price + 0 desc, id desc",
        Sort::Name => "name || '', id",
        Sort::RatingDescending => "rating_average + 0 desc, id desc",
    }
}

/// Those words of a search that few products have, as a query; `None` where all are common.
async fn rare_words(db: &mut Conn, q: &Search) -> Result<Option<String>> {
    let select = sqlx::query_scalar!(
        "with newest as materialized (select search from products order by id desc limit $2)
         select string_agg(quote_literal(word) || ':*', ' & ') from unnest(words($1)) as word
         where (select count(*) from newest where search @@ (quote_literal(word) || ':*')::tsquery) < $3",
        q.as_str(),
        REACH,
        COMMON
    );
    ask!(db, fetch_one, select)
}
