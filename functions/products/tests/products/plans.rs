//! The list's cost at size: indexes decide, not luck. What a statement read is asked of Postgres
//! itself, in the transaction that read it, so that no clock of a busy machine has a say.
//!
//! `CATALOG_ROWS=1000000 RUST_LOG=info cargo test --release -p products plans -- --nocapture`
//! tells the times at a million products.

use domain::products::{Category, Filter, Place, Product, Search, Sort};
use domain::{Limit, Money};
use postgres::{Conn, Database, products};
use runtime::{Vars, telemetry};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use testkit::Bed;
use tokio::time::Instant;

const ROWS: i32 = 50_000;
const SORTS: [Sort; 5] = [Sort::Newest, Sort::Price, Sort::PriceDescending, Sort::Name, Sort::RatingDescending];
/// A page, and the row that tells of another.
const PAGE: i64 = 51;
/// A glance and a sample.
const PROBE: i64 = 800;
/// With the longest walk or the largest gathering that evenly spread filters should need here,
/// which is about the root of page times catalogue, or both.
const WORST: i64 = PROBE + 3_500;

/// Half of the products are `common`, one in 100 is `percent`, one in 1000 `promille`, three are
/// `rarissime`; one in 50 is sold out; 20 large categories and a rare one.
const FILL: &str = "
    insert into products (name, description, price, stock, category, created_at, updated_at, rating_count, rating_sum)
    select 'Thing ' || substr(md5(i::text), 1, 6) || ' ' || i,
      concat_ws(' ', case when i % 2 = 0 then 'common' end, case when i % 100 = 0 then 'percent' end,
        case when i % 1000 = 0 then 'promille' end, case when i % (n / 3) = 7 then 'rarissime' end,
        'made of wood and steel for kitchen, garden or workshop, with a warranty of two years',
        'w' || (i * 7919::bigint % 5000), 'x' || (i * 1299709::bigint % 50000)),
      ((i * 48271::bigint) % 1000000) / 100.0, case when i % 50 = 0 then 0 else i % 97 + 1 end,
      case when i % 5000 = 11 then 'rare' when i % 11 = 0 then null else 'cat' || (i % 20) end,
      now(), now(), i % 31, (i % 31) * (1 + (i % 5))
    from (select $1::int as n) as size, generate_series(1, n) as i";

struct Measured {
    products: Vec<Product>,
    /// Rows of the table that were visited.
    visited: i64,
    seq_scans: i64,
}

async fn shelves(bed: &Bed, rows: i32) -> Database {
    let vars = bed.vars();
    let own: PgConnectOptions = vars.required("PRODUCTDB_URL").unwrap().parse().unwrap();
    // The role may take two seconds for a statement; filling takes longer.
    let admin: PgConnectOptions = Vars::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    let admin = admin.database(own.get_database().unwrap());
    let mut admin = PgConnection::connect_with(&admin).await.unwrap();
    sqlx::query(FILL).bind(rows).execute(&mut admin).await.unwrap();
    admin.execute("vacuum analyze products").await.unwrap();
    bed.database("PRODUCTDB_URL")
}

async fn measure(db: &Database, filter: &Filter, sort: Sort, after: Option<&Place>) -> Measured {
    let mut db: Conn = db.begin().await.unwrap();
    let before = counters(&mut db).await;
    let products = products::list(&mut db, filter, sort, after, Limit::default()).await.unwrap();
    let now = counters(&mut db).await;
    db.commit().await.unwrap();
    Measured { products, visited: now.1 - before.1, seq_scans: now.0 - before.0 }
}

/// Scans from end to end and rows visited, counted since the connection last reported them.
async fn counters(db: &mut Conn) -> (i64, i64) {
    let counted = "select seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'products'";
    sqlx::query_as(counted).fetch_one(&mut **db).await.unwrap()
}

/// The median of nine, in milliseconds.
async fn time(db: &Database, filter: &Filter, sort: Sort, after: Option<&Place>) -> f64 {
    let mut times = Vec::new();
    for _ in 0..9 {
        let mut db = db.acquire().await.unwrap();
        let start = Instant::now();
        products::list(&mut db, filter, sort, after, Limit::default()).await.unwrap();
        times.push(start.elapsed().as_micros() as f64 / 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times[4]
}

fn words(q: &str) -> Filter {
    Filter { q: Some(Search::try_from(q.to_owned()).unwrap()), ..Filter::default() }
}

fn shelf(name: &str) -> Option<Category> {
    Some(Category::try_from(name.to_owned()).unwrap())
}

fn prices(from: i64, to: i64) -> Filter {
    Filter { min_price: Some(Money::from_cents(from)), max_price: Some(Money::from_cents(to)), ..Filter::default() }
}

/// Each question, and how many rows of the table it may visit under any order.
fn questions() -> Vec<(&'static str, Filter, i64)> {
    let cat = |filter: Filter, name| Filter { category: shelf(name), ..filter };
    let stock = |filter: Filter, is| Filter { in_stock: Some(is), ..filter };
    vec![
        ("everything", Filter::default(), PAGE),
        ("a category", cat(Filter::default(), "cat7"), PAGE),
        ("a rare category", cat(Filter::default(), "rare"), 250),
        ("no such category", cat(Filter::default(), "none"), 0),
        ("a common word", words("common"), 4 * PAGE),
        ("the start of a common word", words("com"), 4 * PAGE),
        ("1 % of words", words("percent"), WORST),
        ("1 ‰ of words", words("promille"), WORST),
        ("a rare word", words("rarissime"), PROBE),
        ("a rare and a common word", words("rarissime common"), PROBE),
        ("an unknown word", words("unheard"), PROBE),
        ("two words of 1 %, rarely together", words("percent w7"), WORST),
        ("a common word in a category", cat(words("common"), "cat8"), 4 * PAGE),
        ("a common word in a rare category", cat(words("common"), "rare"), 500),
        ("a rare word in a category", cat(words("rarissime"), "cat7"), PROBE),
        ("half of the prices", prices(0, 499_999), 5 * PAGE),
        ("1 % of the prices", prices(100_000, 109_999), WORST),
        ("a very narrow price", prices(100_000, 100_020), PROBE),
        ("a narrow price in a category", cat(prices(100_000, 100_900), "cat7"), WORST),
        ("what is in stock", stock(Filter::default(), true), 3 * PAGE),
        ("what is sold out", stock(Filter::default(), false), WORST),
        ("what is sold out in a category", stock(cat(Filter::default(), "cat10"), false), WORST),
        ("what is sold out and cheap", stock(prices(0, 9_999), false), WORST),
        (
            "everything at once",
            stock(cat(Filter { q: words("common").q, ..prices(0, 499_999) }, "cat8"), true),
            10 * PAGE,
        ),
    ]
}

#[tokio::test]
async fn no_question_reads_the_whole_catalogue() {
    let vars = Vars::from_env();
    telemetry::init(&vars);
    let rows: i32 = vars.parsed("CATALOG_ROWS", ROWS).unwrap();
    let bed = Bed::new().await;
    let db = shelves(&bed, rows).await;
    for (name, filter, bound) in questions() {
        for sort in SORTS {
            let first = measure(&db, &filter, sort, None).await;
            assert_eq!(first.seq_scans, 0, "{name} by {sort:?} read the table from end to end");
            // Of 1 % that no walk meets soon, twice as many may be visited at larger sizes.
            let bound = if bound >= PROBE { bound + i64::from(rows - ROWS).max(0) / 40 } else { bound };
            assert!(first.visited <= bound, "{name} by {sort:?} visited {} rows", first.visited);
            let ms = time(&db, &filter, sort, None).await;
            let (rows, found) = (first.visited, first.products.len());
            tracing::info!("{name}, {sort:?}: {ms:.2} ms, {rows} rows visited, {found} found");
        }
    }
}

#[tokio::test]
async fn the_hundredth_page_costs_what_the_first_costs() {
    let vars = Vars::from_env();
    telemetry::init(&vars);
    let bed = Bed::new().await;
    let db = shelves(&bed, vars.parsed("CATALOG_ROWS", ROWS).unwrap()).await;
    for (name, filter) in [
        ("everything", Filter::default()),
        ("a common word", words("common")),
        ("in stock", Filter { in_stock: Some(true), ..Filter::default() }),
    ] {
        for sort in SORTS {
            let first = measure(&db, &filter, sort, None).await.visited;
            let mut place = None;
            for _ in 1..100 {
                let mut page = measure(&db, &filter, sort, place.as_ref()).await.products;
                page.truncate(Limit::default().rows());
                place = page.last().map(|last| Place::of(last, sort));
            }
            let hundredth = measure(&db, &filter, sort, place.as_ref()).await;
            assert_eq!((hundredth.seq_scans, hundredth.products.len() as i64), (0, PAGE), "{name} by {sort:?}");
            assert!(hundredth.visited <= 2 * first + PAGE, "{name} by {sort:?}: {} after {first}", hundredth.visited);
            let (one, hundred) = (time(&db, &filter, sort, None).await, time(&db, &filter, sort, place.as_ref()).await);
            tracing::info!("{name}, {sort:?}: page 1 {one:.2} ms, page 100 {hundred:.2} ms");
        }
    }
}
