//! The product list: any filters in any order, at a cost that hardly grows with the catalog.
//!
//! If an index has the order and serves every filter, it is read and that is all. Any further
//! filter is either checked row by row while scanning in that order, which is fast if many rows
//! match and endless if few do; or all matching rows are collected through the filter's own index
//! and sorted, which is fast if they are few. Which is cheaper depends on how many rows match, and
//! the planner cannot estimate that for a search by prefixes nor for two filters together. So: a
//! probe, which finds a page of most queries; then a sample of the catalog, which estimates how
//! many rows match, and where in the order they begin; then the cheaper way, and a scan that has
//! cost as much as collecting would falls back to it.
//!
//! Neither way may cost more than its bound. Where both would (letters that half of the products
//! have, and that no product has together), the page ends where the scan did: it has what was
//! found, if anything, and the next one continues there. `plans.rs` in products' tests verifies
//! this; decision 88.

mod conditions;
mod sample;

use domain::products::{Product, ProductFilter, ProductKeyset, ProductSort};
use domain::{Page, PageSize};
use sqlx::{Postgres, QueryBuilder};

use self::conditions::{order_by_clause, order_by_clause_without_index};
use self::sample::Sample;
use super::ProductRow;
use crate::pool::timed;
use crate::{Conn, Result};

/// How many rows a probe reads: it costs no more than a few times a page of the list.
const PROBE_ROWS: i64 = 250;
/// The longest scan, whatever the sample promises: about 12 ms.
const MAX_SCAN_ROWS: i64 = 6_000;
/// A row that lies in the table in the order of the list costs a quarter of one that does not.
const SEQUENTIAL_READ_FACTOR: i64 = 4;

const COLUMNS: &str = "id, name, description, (price * 100)::bigint as cents, stock, image, category, \
                       rating_count, rating_sum, created_at, updated_at";

/// The products that pass `filter`, in order, after `after`.
///
/// # Errors
/// When the database is unavailable.
pub async fn list(
    db: &mut Conn,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&ProductKeyset>,
    limit: PageSize,
) -> Result<Page<Product>> {
    let plan = ListPlan { filter, sort, after, row_limit: limit.fetch_limit() };
    let found = plan.run(db).await?;
    let page = Page::from_rows(found.products, limit, move |product| ProductKeyset::from_product(product, sort));
    Ok(match found.stopped_at {
        None => page,
        Some(last) => page.continued_after(&last),
    })
}

struct ListPlan<'a> {
    filter: &'a ProductFilter,
    sort: ProductSort,
    after: Option<&'a ProductKeyset>,
    row_limit: i64,
}

/// Up to one more than the page has.
#[derive(Default)]
struct Found {
    products: Vec<Product>,
    /// The last row that was read, if neither the page is full nor the list at its end.
    stopped_at: Option<Product>,
}

impl From<Vec<ProductRow>> for Found {
    fn from(rows: Vec<ProductRow>) -> Self {
        Self { products: rows.into_iter().map(Product::from).collect(), stopped_at: None }
    }
}

#[derive(sqlx::FromRow)]
struct ScannedRow {
    #[sqlx(flatten)]
    row: ProductRow,
    fits: bool,
    last: bool,
}

impl ListPlan<'_> {
    async fn run(&self, db: &mut Conn) -> Result<Found> {
        if self.filter.search.as_ref().is_some_and(|q| !q.as_str().contains(char::is_alphanumeric)) {
            // Text without a word.
            return Ok(Found::default());
        }
        if !self.needs_row_filter() {
            let rows: Vec<ProductRow> = timed!(db, fetch_all, self.index_query().build_query_as())?;
            return Ok(rows.into());
        }
        let probe = self.scan(db, PROBE_ROWS).await?;
        if probe.stopped_at.is_none() {
            return Ok(probe);
        }
        let sample = Sample::take(self, db).await?;
        if sample.unknown_word {
            return Ok(Found::default());
        }
        let collecting = sample.collect_cost(self).map(|rows| rows * self.scan_advantage());
        let scanning = sample.scan_cost(self.row_limit);
        if collecting.is_none_or(|most| scanning.is_some_and(|rows| rows <= most)) {
            let scan = self.scan(db, collecting.unwrap_or(MAX_SCAN_ROWS).min(MAX_SCAN_ROWS)).await?;
            if scan.stopped_at.is_none() || collecting.is_none() {
                return Ok(scan);
            }
        }
        self.collect(db, sample.indexed_words).await
    }

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
    async fn scan(&self, db: &mut Conn, max_rows: i64) -> Result<Found> {
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
        let (mut products, mut stopped_at) = (Vec::with_capacity(rows.len()), None);
        for ScannedRow { row, fits, last } in rows {
            let product = Product::from(row);
            stopped_at = last.then(|| product.clone());
            if fits {
                products.push(product);
            }
        }
        if products.len() as i64 == self.row_limit {
            stopped_at = None;
        }
        Ok(Found { products, stopped_at })
    }

    /// How many rows a scan passes at the cost of one that is collected: words are checked by
    /// reading rows, everything else by an index alone.
    fn scan_advantage(&self) -> i64 {
        let in_sequence = self.sort == ProductSort::Newest && self.filter.category.is_none();
        if self.filter.search.is_some() && in_sequence { SEQUENTIAL_READ_FACTOR } else { 1 }
    }

    /// Finds all matching rows, then sorts: the order is written so that no index has it. Again ids
    /// are read first, since without a search an index has everything that this needs.
    async fn collect(&self, db: &mut Conn, indexed_words: Option<String>) -> Result<Found> {
        let mut sql = QueryBuilder::new(format!("select {COLUMNS} from products where id = any(array(select id from "));
        match indexed_words {
            // `offset 0` keeps the planner, which overestimates prefixes, from adding another index
            // beside this one.
            Some(indexed) => {
                sql.push("(select id, name, price, category, available, rating_average, search from products where search @@ ");
                sql.push_bind(indexed).push("::tsquery offset 0) as found")
            }
            None => sql.push("products"),
        };
        sql.push(" where true");
        self.push_search(&mut sql);
        if let Some(category) = &self.filter.category {
            sql.push(" and category = category_as_spelled(").push_bind(category.as_str().to_owned()).push(")");
        }
        self.push_price_filters(&mut sql);
        self.push_stock_filter(&mut sql);
        self.push_cursor(&mut sql);
        sql.push(format!(" order by {} limit ", order_by_clause_without_index(self.sort))).push_bind(self.row_limit);
        sql.push(format!(")) order by {}", order_by_clause(self.sort)));
        let rows: Vec<ProductRow> = timed!(db, fetch_all, sql.build_query_as())?;
        Ok(rows.into())
    }
}
