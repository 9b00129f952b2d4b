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

mod conditions;

use domain::Limit;
use domain::products::{Filter, Place, Product, Sort};
use sqlx::{Postgres, QueryBuilder};

use self::conditions::{order, order_without_index};
use super::Row;
use crate::pool::ask;
use crate::{Conn, Result};

/// How many rows a glance reads: no more than a page of the list costs several times over.
const GLANCE: i64 = 250;
/// The sample: so many places spread over the catalogue's age, so many products at each.
const PLACES: i32 = 50;
const AT_EACH: i32 = 10;
/// A word is common when so many of the sample have it. A GIN index collects every product that
/// has a word before it gives the first, so of several words only the rare are looked up there.
const COMMON: i64 = 4;
/// The longest walk, whatever the sample promises: about 50 ms.
const MAX_REACH: i64 = 50_000;
/// A row that lies in the table as it stands in the order costs a quarter of one that does not.
const IN_SEQUENCE: i64 = 4;

const COLUMNS: &str = "id, name, description, (price * 100)::bigint as cents, stock, image, category, \
                       rating_count, rating_sum, created_at, updated_at";

/// The products that pass `filter`, in order, from behind `after`; one more than the page has.
///
/// # Errors
/// When the database is away.
pub async fn list(
    db: &mut Conn,
    filter: &Filter,
    sort: Sort,
    after: Option<&Place>,
    limit: Limit,
) -> Result<Vec<Product>> {
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
    /// How many products were looked at.
    sampled: i64,
    /// How many of them pass the filters that an index of the order does not serve.
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
    /// Ids come first, since the indexes alone can judge prices and stock.
    async fn walk(&self, db: &mut Conn, reach: i64) -> Result<Walk> {
        let order = self.order();
        let mut sql = QueryBuilder::new(format!("select {COLUMNS}, fits, step = "));
        sql.push_bind(reach).push(" as last from (select id, fits, step from (select *, true");
        self.push_judged(&mut sql);
        sql.push(format!(" as fits, row_number() over (order by {order}) as step from products where true"));
        self.push_served(&mut sql);
        sql.push(format!(" order by {order} limit ")).push_bind(reach);
        sql.push(") as walked where fits or step = ").push_bind(reach);
        sql.push(format!(" order by {order} limit ")).push_bind(self.rows);
        sql.push(") as met join products using (id) order by step");
        let rows: Vec<Judged> = ask!(db, fetch_all, sql.build_query_as())?;
        let cut = rows.last().is_some_and(|row| row.last);
        let products: Vec<Product> = rows.into_iter().filter(|row| row.fits).map(|row| row.row.into()).collect();
        let full = products.len() as i64 == self.rows;
        Ok(Walk { products, ended: full || !cut })
    }

    async fn sample(&self, db: &mut Conn) -> Result<Sample> {
        let mut sql = QueryBuilder::new(
            "with size as (select coalesce(max(id), 0)::bigint as catalogue from products),
             sample as materialized (select sampled.* from size, generate_series(0, ",
        );
        sql.push_bind(PLACES - 1);
        // Unevenly spaced by a hash: products that a loop made have a rhythm.
        sql.push(") as place, lateral (select search, price, available from products where id >= catalogue * (place * 65536 + (hashint4(place) & 65535)) / (65536 * ");
        sql.push_bind(i64::from(PLACES)).push(") order by id limit ").push_bind(AT_EACH);
        sql.push(") as sampled) select catalogue, (select count(*) from sample) as sampled, (select count(*) from sample where true");
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
        let walking = (self.rows * sample.sampled).checked_div(sample.hits)?;
        let fitting = (sample.catalogue * sample.hits).checked_div(sample.sampled)?;
        let gathering = fitting * self.advantage();
        (walking <= gathering).then_some(gathering.min(MAX_REACH))
    }

    /// How many rows a walk passes at the cost of one that is gathered: words are judged by
    /// reading rows, everything else by an index alone.
    fn advantage(&self) -> i64 {
        let in_sequence = self.sort == Sort::Newest && self.filter.category.is_none();
        if self.filter.q.is_some() && in_sequence { IN_SEQUENCE } else { 1 }
    }

    /// Finds all that fit, then sorts: the order is written so that no index has it. Again ids
    /// come first, since without a search an index has all that this needs.
    async fn gather(&self, db: &mut Conn, rare_words: Option<String>) -> Result<Vec<Product>> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where id = any(array(select id from "));
        match rare_words {
            // `offset 0` keeps the planner, who overestimates words' beginnings, from bringing in
            // another index beside this one.
            Some(rare) => {
                sql.push("(select id, name, price, category, available, rating_average, search from products where search @@ ");
                sql.push_bind(rare).push("::tsquery offset 0) as found")
            }
            None => sql.push("products"),
        };
        sql.push(" where true");
        if let Some(q) = &self.filter.q {
            sql.push(" and search @@ prefixes(").push_bind(q.as_str().to_owned()).push(")");
        }
        if let Some(category) = &self.filter.category {
            sql.push(" and category = category_as_spelled(").push_bind(category.as_str().to_owned()).push(")");
        }
        self.push_prices(&mut sql);
        self.push_stock(&mut sql);
        self.push_place(&mut sql);
        sql.push(format!(" order by {} limit ", order_without_index(self.sort))).push_bind(self.rows);
        sql.push(format!(")) order by {}", order(self.sort)));
        let rows: Vec<Row> = ask!(db, fetch_all, sql.build_query_as())?;
        Ok(rows.into_iter().map(Product::from).collect())
    }
}
