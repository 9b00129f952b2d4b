//! Fills a catalog in bulk: without triggers, and with indexes that are created at the end.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use anyhow::Result;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::super::costs::print_flushed;
use super::super::scratch::Scratch;

/// Rows of one statement.
const CHUNK: i32 = 20_000;
/// Connections that insert and create indexes.
const AT_ONCE: usize = 2;

/// One product in two is `common`, one in 100 `percent`, one in 1,000 `promille`, three are
/// `rarissime`, the oldest 4 % are `ancient`; one in ten each is `alpha`, `beta` and `delta`, and
/// none is two of these or `alpha` and `common`. One in 50 is sold out.
const FILL: &str = "
    insert into products (id, name, description, price, stock, category, created_at, updated_at, rating_count, rating_sum)
    select i, 'Thing ' || substr(md5((i % 20000)::text), 1, 6) || ' ' || i % 50000,
      concat_ws(' ', case when i % 2 = 0 then 'common' end, case when i % 100 = 0 then 'percent' end,
        case when i % 1000 = 0 then 'promille' end, case when i % (n / 3) = 7 then 'rarissime' end,
        case when i <= n / 25 then 'ancient' end,
        case i % 10 when 3 then 'alpha' when 6 then 'beta' when 0 then 'delta' end,
        'made of wood and steel for kitchen, garden or workshop, with a warranty of two years',
        'w' || (i * 7919::bigint % 5000), 'x' || (i * 1299709::bigint % 50000)),
      ((i * 48271::bigint) % 1000000) / 100.0, case when i % 50 = 0 then 0 else i % 97 + 1 end,
      case when i % 5000 = 11 then 'rare' when i % 11 = 0 then null else 'cat' || (i % 20) end,
      now(), now(), i % 31, (i % 31) * (1 + (i % 5))
    from (select $1::int as n) as size, generate_series($2::int, $3::int) as i";
const CATEGORIES: &str = "insert into categories (name, products)
    select category, count(*) from products where category is not null group by category";
const WORDS: &str =
    "insert into search_words (word) select word from ts_stat('select search from products') order by word";
const INDEXES: &str = "select indexname::text, indexdef from pg_indexes
    where tablename = 'products' and schemaname = 'public' and indexname <> 'products_pkey'";

pub(super) async fn fill(scratch: &Scratch, rows: u32) -> Result<()> {
    let (start, rows) = (Instant::now(), i32::try_from(rows)?);
    let mut admin = scratch.admin("productdb").await?;
    let indexes: Vec<(String, String)> = sqlx::query_as(INDEXES).fetch_all(&mut admin).await?;
    for (name, _) in &indexes {
        admin.execute(AssertSqlSafe(format!("drop index {name}"))).await?;
    }
    admin.execute("alter table products disable trigger user").await?;
    let next = AtomicI32::new(1);
    futures::future::try_join_all((0..AT_ONCE).map(|_| insert_chunks(scratch, &next, rows))).await?;
    let indexes = std::sync::Mutex::new(indexes);
    futures::future::try_join_all((0..AT_ONCE).map(|_| create_indexes(scratch, &indexes))).await?;
    admin.execute(CATEGORIES).await?;
    admin.execute(WORDS).await?;
    admin.execute("alter table products enable trigger user").await?;
    admin.execute("vacuum analyze").await?;
    print_flushed(&format!("{rows} products in {:.0} s\n", start.elapsed().as_secs_f64()));
    Ok(())
}

async fn insert_chunks(scratch: &Scratch, next: &AtomicI32, rows: i32) -> Result<()> {
    let mut admin = scratch.admin("productdb").await?;
    loop {
        let first = next.fetch_add(CHUNK, Ordering::Relaxed);
        if first > rows {
            return Ok(());
        }
        let last = rows.min(first + CHUNK - 1);
        sqlx::query(FILL).bind(rows).bind(first).bind(last).execute(&mut admin).await?;
    }
}

async fn create_indexes(scratch: &Scratch, indexes: &std::sync::Mutex<Vec<(String, String)>>) -> Result<()> {
    let mut admin: PgConnection = scratch.admin("productdb").await?;
    admin.execute("set maintenance_work_mem = '256MB'").await?;
    loop {
        let next = indexes.lock().ok().and_then(|mut left| left.pop());
        let Some((_, definition)) = next else { return Ok(()) };
        admin.execute(AssertSqlSafe(definition)).await?;
    }
}
