//! The product list: sorts, filters and searches.

mod fill;
mod queries;

use anyhow::{Context, Result};
use domain::PageSize;
use domain::products::ProductKeyset;
use runtime::Env;
use store_postgres::{Conn, Database, Role, products};

use self::queries::ProductQuery;
use super::Args;
use super::costs::{Cost, measure, print_costs, print_flushed, print_header};
use super::scratch::{Scratch, decode};

pub(super) async fn run(env: &Env, args: &Args) -> Result<()> {
    let (small, large) = (Side::fill(env, args.small).await?, Side::fill(env, args.products).await?);
    print_flushed(&format!("\nProducts, {} and {}\n", args.small, args.products));
    print_header(args.small, args.products);
    for query in queries::all()? {
        let (first, (cost, pages)) = (small.cost(&query, None, args).await?, large.first_pages(&query, args).await?);
        let fiftieth = match &pages {
            Some(after) => Some(large.cost(&query, Some(after), args).await?),
            None => None,
        };
        print_costs(&query.name, first, cost, fiftieth);
    }
    small.scratch.remove().await?;
    large.scratch.remove().await
}

struct Side {
    scratch: Scratch,
    db: Database,
}

impl Side {
    async fn fill(env: &Env, rows: u32) -> Result<Self> {
        let scratch = Scratch::create(env, rows).await?;
        fill::fill(&scratch, rows).await?;
        Ok(Self { db: scratch.database("productdb", Role::PRODUCTS), scratch })
    }

    async fn cost(&self, query: &ProductQuery, after: Option<&ProductKeyset>, args: &Args) -> Result<Cost> {
        let list = async |conn: &mut Conn| {
            Ok(products::list(conn, &query.filter, query.sort, after, page_size()).await?.rows().len())
        };
        measure(&self.db, args.rounds, list).await
    }

    /// The cost of the first page, and where the fiftieth starts, if there is one.
    async fn first_pages(&self, query: &ProductQuery, args: &Args) -> Result<(Cost, Option<ProductKeyset>)> {
        let cost = self.cost(query, None, args).await?;
        let (mut conn, mut after) = (self.db.acquire().await?, None);
        for _ in 1..50 {
            let page = products::list(&mut conn, &query.filter, query.sort, after.as_ref(), page_size()).await?;
            let Some(next) = page.next_cursor(page.rows().len()) else { return Ok((cost, None)) };
            let key = ProductKeyset::from_cursor(decode(&next)?, query.sort);
            after = Some(key.ok().context("a cursor of this list")?);
        }
        Ok((cost, after))
    }
}

fn page_size() -> PageSize {
    PageSize::new(20).unwrap_or_default()
}
