//! The product list: any filters in any order, at a cost that hardly grows with the catalog.
//!
//! If an index has the order and serves every filter, it is read and that is all. Any further
//! filter is either checked row by row while scanning in that order, which is fast if many rows
//! match and endless if few do; or all matching rows are collected through the filter's own index
//! and sorted, which is fast if they are few. Which is cheaper depends on how many rows match, and
//! the planner cannot estimate that for a search by prefixes nor for two filters together. So: a
//! probe, which finds a page of most queries; then a sample of the catalog, which estimates how
//! many rows match; then the cheaper way, and a scan that has cost as much as collecting would
//! falls back to it. The number of rows visited grows with the square root of the catalog's size.
//! (Only an order that opposes a filter that many rows pass, such as the most expensive of the
//! cheap half, can make both expensive; it pays at most twice the cost of collecting.) `plans.rs`
//! in products' tests verifies this.

mod conditions;

use domain::PageSize;
use domain::products::{Product, ProductFilter, ProductKeyset, ProductSort};
use sqlx::{Postgres, QueryBuilder};

use self::conditions::{order_by_clause, order_by_clause_without_index};
use super::ProductRow;
use crate::pool::timed;
use crate::{Conn, Result};

/// How many rows a probe reads: it costs no more than a few times a page of the list.
const PROBE_ROWS: i64 = 250;
/// The sample: this many positions spread over the age of the catalog, this many products at each.
const SAMPLE_POSITIONS: i32 = 50;
const ROWS_PER_POSITION: i32 = 10;
/// A word is common if this many of the sample have it. A GIN index collects every product that has
/// a word before it returns the first, so of several words only the rare ones are looked up there.
const COMMON_WORD_HITS: i64 = 4;
/// The longest scan, whatever the sample promises: about 50 ms.
const MAX_SCAN_ROWS: i64 = 50_000;
/// A row that lies in the table in the order of the list costs a quarter of one that does not.
const SEQUENTIAL_READ_FACTOR: i64 = 4;

const COLUMNS: &str = "id, name, description, (price * 100)::bigint as cents, stock, image, category, \
                       rating_count, rating_sum, created_at, updated_at";

/// The products that pass `filter`, in order, after `after`; one more than the page has.
///
/// # Errors
/// When the database is unavailable.
pub async fn list(
    db: &mut Conn,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&ProductKeyset>,
    limit: PageSize,
) -> Result<Vec<Product>> {
    let plan = ListPlan { filter, sort, after, row_limit: limit.fetch_limit() };
    if filter.search.as_ref().is_some_and(|q| !q.as_str().contains(char::is_alphanumeric)) {
        // Text without a word.
        return Ok(Vec::new());
    }
    if !plan.needs_row_filter() {
        let rows: Vec<ProductRow> = timed!(db, fetch_all, plan.index_query().build_query_as())?;
        return Ok(rows.into_iter().map(Product::from).collect());
    }
    let probe = plan.scan(db, PROBE_ROWS).await?;
    if probe.complete {
        return Ok(probe.products);
    }
    let sample = plan.sample(db).await?;
    if let Some(reach) = plan.scan_limit(&sample) {
        let walk = plan.scan(db, reach).await?;
        if walk.complete {
            return Ok(walk.products);
        }
    }
    plan.collect(db, sample.rare_words).await
}

struct ListPlan<'a> {
    filter: &'a ProductFilter,
    sort: ProductSort,
    after: Option<&'a ProductKeyset>,
    row_limit: i64,
}

struct ScanResult {
    products: Vec<Product>,
    /// The page is full, or nothing follows.
    complete: bool,
}

#[derive(sqlx::FromRow)]
struct Sample {
    /// How many products were sampled.
    sampled: i64,
    /// How many of them pass the filters that an index of the order does not serve.
    hits: i64,
    /// The number of products, or slightly more.
    catalogue: i64,
    /// The rare words of the search, as a query; none if all are common.
    rare_words: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ScannedRow {
    #[sqlx(flatten)]
    row: ProductRow,
    fits: bool,
    last: bool,
}

impl ListPlan<'_> {
    /// Whether there is a filter that the index of the order does not serve.
    fn needs_row_filter(&self) -> bool {
        let ProductFilter { search: q, min_price, max_price, in_stock, .. } = self.filter;
        q.is_some() || (!self.sorts_by_price() && (min_price.is_some() || max_price.is_some() || in_stock.is_some()))
    }

    fn index_query(&self) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where true"));
        self.push_index_filters(&mut sql);
        sql.push(format!(" order by {} limit ", self.order_by())).push_bind(self.row_limit);
        sql
    }

    /// Reads up to `max_rows` rows in order and returns those that match. The last row that was
    /// read is returned in any case: without it and without a full page, there is nothing more. Ids
    /// are read first, since the indexes alone can check prices and stock.
    async fn scan(&self, db: &mut Conn, max_rows: i64) -> Result<ScanResult> {
        let order = self.order_by();
        let mut sql = QueryBuilder::new(format!("select {COLUMNS}, fits, step = "));
        sql.push_bind(max_rows).push(" as last from (select id, fits, step from (select *, true");
        self.push_row_filters(&mut sql);
        sql.push(format!(" as fits, row_number() over (order by {order}) as step from products where true"));
        self.push_index_filters(&mut sql);
        sql.push(format!(" order by {order} limit ")).push_bind(max_rows);
        sql.push(") as walked where fits or step = ").push_bind(max_rows);
        sql.push(format!(" order by {order} limit ")).push_bind(self.row_limit);
        sql.push(") as met join products using (id) order by step");
        let rows: Vec<ScannedRow> = timed!(db, fetch_all, sql.build_query_as())?;
        let cut = rows.last().is_some_and(|row| row.last);
        let products: Vec<Product> = rows.into_iter().filter(|row| row.fits).map(|row| row.row.into()).collect();
        let full = products.len() as i64 == self.row_limit;
        Ok(ScanResult { products, complete: full || !cut })
    }

    async fn sample(&self, db: &mut Conn) -> Result<Sample> {
        let mut sql = QueryBuilder::new(
            "with size as (select coalesce(max(id), 0)::bigint as catalogue from products),
             sample as materialized (select sampled.* from size, generate_series(0, ",
        );
        sql.push_bind(SAMPLE_POSITIONS - 1);
        // Unevenly spaced by a hash: products that a loop created are periodic.
        sql.push(") as place, lateral (select search, price, available from products where id >= catalogue * (place * 65536 + (hashint4(place) & 65535)) / (65536 * ");
        sql.push_bind(i64::from(SAMPLE_POSITIONS)).push(") order by id limit ").push_bind(ROWS_PER_POSITION);
        sql.push(") as sampled) select catalogue, (select count(*) from sample) as sampled, (select count(*) from sample where true");
        self.push_row_filters(&mut sql);
        sql.push(") as hits, ");
        match &self.filter.search {
            None => sql.push("null::text"),
            Some(q) => {
                sql.push("(select string_agg(quote_literal(word) || ':*', ' & ') from unnest(words(");
                sql.push_bind(q.as_str().to_owned());
                sql.push(")) as word where (select count(*) from sample where search @@ (quote_literal(word) || ':*')::tsquery) < ");
                sql.push_bind(COMMON_WORD_HITS).push(")")
            }
        };
        sql.push(" as rare_words from size");
        timed!(db, fetch_one, sql.build_query_as())
    }

    /// How far a scan may go, if it promises to be cheaper: until it has cost as much as
    /// collecting.
    fn scan_limit(&self, sample: &Sample) -> Option<i64> {
        let walking = (self.row_limit * sample.sampled).checked_div(sample.hits)?;
        let fitting = (sample.catalogue * sample.hits).checked_div(sample.sampled)?;
        let gathering = fitting * self.scan_advantage();
        (walking <= gathering).then_some(gathering.min(MAX_SCAN_ROWS))
    }

    /// How many rows a scan passes at the cost of one that is collected: words are checked by
    /// reading rows, everything else by an index alone.
    fn scan_advantage(&self) -> i64 {
        let in_sequence = self.sort == ProductSort::Newest && self.filter.category.is_none();
        if self.filter.search.is_some() && in_sequence { SEQUENTIAL_READ_FACTOR } else { 1 }
    }

    /// Finds all matching rows, then sorts: the order is written so that no index has it. Again ids
    /// are read first, since without a search an index has everything that this needs.
    async fn collect(&self, db: &mut Conn, rare_words: Option<String>) -> Result<Vec<Product>> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where id = any(array(select id from "));
        match rare_words {
            // `offset 0` keeps the planner, which overestimates prefixes, from adding another index
            // beside this one.
            Some(rare) => {
                sql.push("(select id, name, price, category, available, rating_average, search from products where search @@ ");
                sql.push_bind(rare).push("::tsquery offset 0) as found")
            }
            None => sql.push("products"),
        };
        sql.push(" where true");
        if let Some(q) = &self.filter.search {
            sql.push(" and search @@ prefixes(").push_bind(q.as_str().to_owned()).push(")");
        }
        if let Some(category) = &self.filter.category {
            sql.push(" and category = category_as_spelled(").push_bind(category.as_str().to_owned()).push(")");
        }
        self.push_price_filters(&mut sql);
        self.push_stock_filter(&mut sql);
        self.push_cursor(&mut sql);
        sql.push(format!(" order by {} limit ", order_by_clause_without_index(self.sort))).push_bind(self.row_limit);
        sql.push(format!(")) order by {}", order_by_clause(self.sort)));
        let rows: Vec<ProductRow> = timed!(db, fetch_all, sql.build_query_as())?;
        Ok(rows.into_iter().map(Product::from).collect())
    }
}
