//! The product list: any filters under any order, at a cost that hardly grows with the catalogue.
//!
//! Where an index has the order and serves every filter, it is read and that is all. Any further
//! filter is judged row by row while walking in that order, which is quick where many rows fit
//! and endless where few do; or all rows that fit are gathered through the filter's own index and
//! sorted, which is quick where they are few. Which of the two is cheaper depends on how many
//! rows fit, and the planner knows that of no search for words' beginnings and of no two filters
//! together. So: a glance, which finds a page of most questions; then a sample of the catalogue,
//! which tells how many fit; then the cheaper way, and a walk that has cost as much as gathering
//! would gives up for it. What is visited grows with the root of the catalogue's size. (Only an
//! order that goes against a filter many rows pass, as in the dearest of the cheap half, can make
//! both dear; it pays at most twice for the gathering.) `plans.rs` in products' tests holds this.

use domain::products::{Filter, Place, Product, Sort};
use domain::{Limit, Money};
use sqlx::{Postgres, QueryBuilder};

use super::Row;
use crate::pool::ask;
use crate::{Conn, Result};

/// How many rows a glance reads: no more than a page of the list costs several times over.
const GLANCE: i64 = 250;
/// The sample: so many places spread evenly over the catalogue's age, so many products at each.
const PLACES: i32 = 20;
const AT_EACH: i32 = 25;
const SAMPLED: i64 = PLACES as i64 * AT_EACH as i64;
/// A word is common when so many of the sample have it. A GIN index collects every product that
/// has a word before it gives the first, so of several words only the rare are looked up there.
const COMMON: i64 = 4;
/// The longest walk, whatever the sample promises: about 50 ms.
const MAX_REACH: i64 = 50_000;
/// Rows that lie in the table as they stand in the order cost a quarter of others.
const IN_SEQUENCE: i64 = 4;

const COLUMNS: &str = "id, name, description, (price * 100)::bigint as cents, stock, image, category, \
                       rating_count, rating_sum, created_at, updated_at";

/// The products that pass `filter`, in order, from behind `after`; one more than the page has.
///
/// # Errors
/// When the database is away.
pub async fn list(db: &mut Conn, filter: &Filter, sort: Sort, after: Option<&Place>, limit: Limit) -> Result<Vec<Product>> {
    let question = Question { filter, sort, after, rows: limit.and_one() };
    if filter.q.as_ref().is_some_and(|q| !q.as_str().contains(char::is_alphanumeric)) {
        // Text without a word.
        return Ok(Vec::new());
    }
    if !question.needs_judging() {
        let rows: Vec<Row> = ask!(db, fetch_all, question.read().build_query_as())?;
        return Ok(rows.into_iter().map(Product::from).collect());
    }
    let glance = question.walk(db, GLANCE).await?;
    if glance.ended {
        return Ok(glance.products);
    }
    let sample = question.sample(db).await?;
    if let Some(reach) = question.reach(&sample) {
        let walk = question.walk(db, reach).await?;
        if walk.ended {
            return Ok(walk.products);
        }
    }
    question.gather(db, sample.rare_words).await
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
struct Sample {
    /// How many of the sample pass the filters that an index of the order does not serve.
    hits: i64,
    /// How many products there are, or a little more.
    catalogue: i64,
    /// The words searched for that are rare, as a query; none where all are common.
    rare_words: Option<String>,
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
        sql.push(format!(" order by {} limit ", self.order())).push_bind(self.rows);
        sql
    }

    /// Reads up to `reach` rows in order and keeps those that fit. The row at the end of the
    /// reach comes back in any case: without it and without a full page, there is nothing more.
    async fn walk(&self, db: &mut Conn, reach: i64) -> Result<Walk> {
        let order = self.order();
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

    async fn sample(&self, db: &mut Conn) -> Result<Sample> {
        let mut sql = QueryBuilder::new("with size as (select coalesce(max(id), 0)::bigint as catalogue from products), sample as materialized (select sampled.* from size, generate_series(0, ");
        sql.push_bind(PLACES - 1).push(") as place, lateral (select search, price, available from products where id > catalogue * place / ");
        sql.push_bind(PLACES).push(" order by id limit ").push_bind(AT_EACH);
        sql.push(") as sampled) select catalogue, (select count(*) from sample where true");
        self.push_judged(&mut sql);
        sql.push(") as hits, ");
        match &self.filter.q {
            None => sql.push("null::text"),
            Some(q) => {
                sql.push("(select string_agg(quote_literal(word) || ':*', ' & ') from unnest(words(");
                sql.push_bind(q.as_str().to_owned());
                sql.push(")) as word where (select count(*) from sample where search @@ (quote_literal(word) || ':*')::tsquery) < ");
                sql.push_bind(COMMON).push(")")
            }
        };
        sql.push(" as rare_words from size");
        ask!(db, fetch_one, sql.build_query_as())
    }

    /// How far a walk may go, where it promises to be the cheaper way: until it has cost as much
    /// as gathering.
    fn reach(&self, sample: &Sample) -> Option<i64> {
        let in_sequence = self.sort == Sort::Newest && self.filter.category.is_none();
        let fitting = sample.catalogue * sample.hits / SAMPLED;
        let gathering = if in_sequence { fitting * IN_SEQUENCE } else { fitting };
        let walking = (self.rows * SAMPLED).checked_div(sample.hits)?;
        (walking <= gathering).then_some(gathering.min(MAX_REACH))
    }

    /// Finds all that fit, then sorts: the order is written so that no index has it. Only ids are
    /// sorted, which the indexes by price have too.
    async fn gather(&self, db: &mut Conn, rare_words: Option<String>) -> Result<Vec<Product>> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where id = any(array(select id from products where true"));
        match (&self.filter.q, rare_words) {
            (Some(q), Some(rare)) => {
                sql.push(" and search @@ ").push_bind(rare).push("::tsquery");
                // The function behind `@@`, which no index serves.
                sql.push(" and ts_match_vq(search, prefixes(").push_bind(q.as_str().to_owned()).push("))");
            }
            (Some(q), None) => {
                sql.push(" and search @@ prefixes(").push_bind(q.as_str().to_owned()).push(")");
            }
            (None, _) => {}
        }
        if let Some(category) = &self.filter.category {
            sql.push(" and category = ").push_bind(category.as_str().to_owned());
        }
        self.push_prices(&mut sql);
        self.push_stock(&mut sql);
        self.push_place(&mut sql);
        sql.push(format!(" order by {} limit ", order_without_index(self.sort))).push_bind(self.rows);
        sql.push(format!(")) order by {}", order(self.sort)));
        let rows: Vec<Row> = ask!(db, fetch_all, sql.build_query_as())?;
        Ok(rows.into_iter().map(Product::from).collect())
    }

    /// The order, led by the columns that [`Question::push_served`] holds fast.
    fn order(&self) -> String {
        let way = if order(self.sort).contains("desc") { " desc" } else { "" };
        let category = if self.filter.category.is_some() { format!("category{way}, ") } else { String::new() };
        let stock = if self.leads_with_stock() { format!("available{way}, ") } else { String::new() };
        format!("{category}{stock}{}", order(self.sort))
    }

    fn leads_with_stock(&self) -> bool {
        self.by_price() && self.filter.in_stock.is_some() && self.filter.category.is_none()
    }

    /// What an index of the order serves. `= any` in place of `=` hides from the planner that the
    /// column is constant, so that only the index that begins with it has the order: with `=` the
    /// planner may walk the whole catalogue in its order and hope to meet the category soon.
    fn push_served(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(category) = &self.filter.category {
            sql.push(" and category = any(").push_bind(vec![category.as_str().to_owned()]).push(")");
        }
        if self.by_price() {
            self.push_prices(sql);
            match self.filter.in_stock {
                Some(in_stock) if self.leads_with_stock() => {
                    sql.push(" and available = any(").push_bind(vec![in_stock]).push(")");
                }
                _ => self.push_stock(sql),
            }
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

    /// What lies behind the page before.
    fn push_place(&self, sql: &mut QueryBuilder<Postgres>) {
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
